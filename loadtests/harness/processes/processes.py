"""Child processes: started so that none outlives the harness, watched, stopped."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from authbench.contracts.failure import ExitCode, Failure

_GUARD = Path(__file__).with_name("guard.py")
_STOP_S = 2.0
"""Seconds from SIGTERM to SIGKILL."""


def pin(pid: int, cpus: Iterable[int]) -> list[int]:
    """Move every thread of a process to `cpus`; returns what the kernel says of the main one afterwards."""
    wanted = set(cpus)
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), wanted)
    return sorted(os.sched_getaffinity(pid))


class Child:
    """One child process with its standard error in a log file."""

    def __init__(self, name: str, command: Sequence[str], cpus: Iterable[int], log: Path) -> None:
        """Start `command` on `cpus`, in a session of its own: Ctrl-C is for the harness alone."""
        self.name = name
        self._log = log
        guard = [sys.executable, "-I", "-S", str(_GUARD), str(os.getpid()), ",".join(map(str, sorted(cpus)))]
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [*guard, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def input(self) -> IO[bytes]:
        assert self._process.stdin is not None  # noqa: S101 - Popen was given a pipe
        return self._process.stdin

    @property
    def output(self) -> IO[bytes]:
        assert self._process.stdout is not None  # noqa: S101 - Popen was given a pipe
        return self._process.stdout

    def send(self, line: bytes) -> None:
        """Write to the child. Failure if it is dead."""
        try:
            self.input.write(line)
            self.input.flush()
        except (BrokenPipeError, OSError):
            raise self.death() from None

    def ended(self) -> bool:
        return self._process.poll() is not None

    def death(self) -> Failure:
        """The Failure of a child that should be alive."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_STOP_S)
        code = self._process.returncode
        how = (
            "stopped answering"
            if code is None
            else f"killed by signal {-code}"
            if code < 0
            else f"exit {code}"
        )
        return Failure(
            f"{self.name} (pid {self.pid}) died: {how}{self._last_words()}. "
            "The run is marked as not complete: run it again",
            ExitCode.INVALID,
        )

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._log.read_text("utf-8", "replace").strip().splitlines()
            if lines:
                return f" ({lines[-1][:200]})"
        return ""

    def stop(self) -> None:
        """End the process: SIGTERM, then SIGKILL. Safe to call twice."""
        if not self.ended():
            self._process.terminate()
            try:
                self._process.wait(timeout=_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
