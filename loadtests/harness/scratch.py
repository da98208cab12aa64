"""A private directory for sockets, logs and credentials: never in results/, gone after the run.

It is locked while its run lives. What a killed run left behind is removed by the next one.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

_PREFIX = f"authbench-{os.getuid()}-"
_LOCK = "lock"


def _try_lock(path: Path) -> int | None:
    """Lock the file, or None while another process holds it. Closing the descriptor frees it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_left_behind(temporary: Path) -> None:
    for path in temporary.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if not (path / _LOCK).exists():  # just being made by another run
                continue
            descriptor = _try_lock(path / _LOCK)
            if descriptor is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(descriptor)


@contextlib.contextmanager
def scratch_directory() -> Iterator[Path]:
    """A fresh directory, mode 0700, removed at the end. Its path is short enough for a Unix socket."""
    temporary = Path(tempfile.gettempdir())
    _remove_left_behind(temporary)
    path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=temporary))
    descriptor = _try_lock(path / _LOCK)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


@contextlib.contextmanager
def one_measurement_at_a_time(say_waiting: Callable[[], None]) -> Iterator[None]:
    """Two runs at once would measure each other: the second one says so and waits here."""
    path = Path(tempfile.gettempdir()) / f"{_PREFIX}measuring.lock"
    descriptor = _try_lock(path)
    if descriptor is None:
        say_waiting()
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)
