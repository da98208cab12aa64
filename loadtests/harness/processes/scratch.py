"""A private directory for sockets, logs and credentials: never in results/, gone after the run.

It is locked while its run lives. What a killed run left behind is removed by the next one. Everything is in
one directory of the user's own: in a shared /tmp nobody else can put anything in the way, or hold a lock.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from authbench.contracts.failure import Failure
from authbench.contracts.run_directory import is_text
from authbench.system.interruption import clean_up

_RUN_PREFIX = "run-"
_LOCK = "lock"
_MEASURING_LOCK = "measuring.lock"
_SOCKET_PATH_MAX_BYTES = 107
"""sun_path of unix(7) has 108 bytes, of which the last is NUL."""
_LONGEST_SOCKET = "/run-12345678/arm999.sock.63"
"""Below the user's directory: the measuring socket of a server's last worker."""


def _own_directory() -> Path:
    """Make the user's directory, mode 0700. Failure if others may use it, or no socket in it could be opened.

    In the temporary folder and not in XDG_RUNTIME_DIR, which a login shell has and a cron job has not: two
    runs of one user must find the same lock.
    """
    path = Path(tempfile.gettempdir()) / f"authbench-{os.getuid()}"
    longest = len(os.fsencode(path)) + len(_LONGEST_SOCKET)
    if longest > _SOCKET_PATH_MAX_BYTES:
        raise Failure(
            f"{tempfile.gettempdir()}: too long for the path of a Unix socket, by "
            f"{longest - _SOCKET_PATH_MAX_BYTES} bytes: set TMPDIR to a shorter one, such as /tmp"
        )
    if not is_text(path):
        raise Failure(f"{path}: not UTF-8, as SQLite's URLs must be: set TMPDIR to another, such as /tmp")
    with contextlib.suppress(FileExistsError):
        path.mkdir(0o700)
    # Not what a symbolic link leads to: whoever made it could lead it elsewhere later.
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise Failure(
            f"{path} is no directory of yours alone (mode 0700): remove it, or set TMPDIR to one of yours"
        )
    return path


def _open_lock(path: Path) -> int:
    """Open the file, made if it is not there. Failure for a symbolic link, wherever it leads."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        reason = "it is a symbolic link: remove it" if path.is_symlink() else error.strerror
        raise Failure(f"{path}: the lock cannot be opened: {reason}") from None


def _try_lock(path: Path) -> int | None:
    """Lock the file, or None while another process holds it. Closing the descriptor frees it."""
    descriptor = _open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_left_behind(own: Path) -> None:
    for path in own.glob(f"{_RUN_PREFIX}*"):
        with contextlib.suppress(OSError, Failure):
            if not (path / _LOCK).exists():  # just being made by another run
                continue
            descriptor = _try_lock(path / _LOCK)
            if descriptor is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(descriptor)


@contextlib.contextmanager
def scratch_directory() -> Iterator[Path]:
    """A fresh directory, mode 0700, removed at the end. Its path is short enough for a Unix socket."""
    own = _own_directory()
    _remove_left_behind(own)
    path = Path(tempfile.mkdtemp(prefix=_RUN_PREFIX, dir=own))
    with clean_up(lambda: shutil.rmtree(path, ignore_errors=True)):
        descriptor = _try_lock(path / _LOCK)
        try:
            yield path
        finally:
            # Before the lock is free: nobody else may find an unlocked folder that is being removed.
            shutil.rmtree(path, ignore_errors=True)
            if descriptor is not None:
                os.close(descriptor)


@contextlib.contextmanager
def measuring_alone() -> Iterator[None]:
    """Hold the lock of `one_measurement_at_a_time`. Failure while a run measures on this host."""
    descriptor = _try_lock(_own_directory() / _MEASURING_LOCK)
    if descriptor is None:
        raise Failure(
            "a run is measuring on that host: wait until it has ended. If it is this run, two prefixes of "
            "the hosts file lead there: make them the same, or leave them out for this machine"
        )
    try:
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def one_measurement_at_a_time(say_waiting: Callable[[], None]) -> Iterator[None]:
    """Two runs at once would measure each other: the second one says so and waits here."""
    path = _own_directory() / _MEASURING_LOCK
    descriptor = _try_lock(path)
    if descriptor is None:
        say_waiting()
        descriptor = _open_lock(path)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)
