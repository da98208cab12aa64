"""Child processes: started so that none outlives the harness, watched, stopped."""

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol, Self, TypeVar

from pydantic import BaseModel

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.message import OrderError, read_reply

_GUARD = Path(__file__).with_name("guard.py")
_STOP_S = 2.0
"""Seconds from SIGTERM to SIGKILL."""
_M = TypeVar("_M", bound=BaseModel)


def pin(pid: int, cpus: Iterable[int]) -> list[int]:
    """Move every thread of a process to `cpus`; returns what the kernel says of the main one afterwards."""
    wanted = set(cpus)
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(ProcessLookupError):  # a thread may end meanwhile
            os.sched_setaffinity(int(task.name), wanted)
    return sorted(os.sched_getaffinity(pid))


class Process(Protocol):
    """The part of subprocess.Popen's interface that a child needs."""

    @property
    def pid(self) -> int: ...
    @property
    def stdin(self) -> IO[bytes] | None: ...
    @property
    def stdout(self) -> IO[bytes] | None: ...
    @property
    def returncode(self) -> int | None: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


Start = Callable[[Sequence[str], Iterable[int], int, Mapping[str, str]], Process]
"""Starts a command on processors, with a descriptor as its standard error and an environment.

Its input and output are pipes. It has a session of its own, because Ctrl-C is for the harness alone, and it
ends with the harness.
"""


def start_guarded(
    command: Sequence[str], cpus: Iterable[int], errors: int, environment: Mapping[str, str]
) -> Process:
    """Start the command itself: the usual `Start`."""
    guard = [sys.executable, "-I", "-S", str(_GUARD), str(os.getpid()), ",".join(map(str, sorted(cpus)))]
    return subprocess.Popen(
        [*guard, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
        env=environment,
    )


class Child:
    """One child process that speaks lines of JSON; its standard error goes to a log file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        cpus: Iterable[int],
        log: Path,
        environment: Mapping[str, str] | None = None,
        start: Start = start_guarded,
    ) -> None:
        """Start `command` on `cpus`. `environment` has what it gets beside this process's own variables."""
        self.name = name
        self._log = log
        self._buffer = b""
        with log.open("wb") as errors:
            self._process = start(command, cpus, errors.fileno(), {**os.environ, **(environment or {})})
        assert self._process.stdin is not None  # noqa: S101 - Popen was given a pipe
        assert self._process.stdout is not None  # noqa: S101 - Popen was given a pipe
        self.input, self.output = self._process.stdin, self._process.stdout

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, line: bytes) -> None:
        """Write to the child. Failure if it is dead."""
        try:
            self.input.write(line)
            self.input.flush()
        except (BrokenPipeError, OSError):
            raise self.death() from None

    def line(self, within_s: float) -> bytes:
        """The next line of its output. Failure when the child dies or is silent for `within_s` seconds."""
        deadline = time.monotonic() + within_s
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.output], [], [], left)[0]:
                raise self.death()
            chunk = os.read(self.output.fileno(), 1 << 20)
            if not chunk:
                raise self.death()
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def has_line(self, within_s: float) -> bool:
        """Wait until there is output to read, or its end; False if there is none in this time."""
        return b"\n" in self._buffer or bool(select.select([self.output], [], [], within_s)[0])

    def read(self, within_s: float) -> dict[str, Any]:
        """The next line as an object. Failure as of `line`."""
        message = json.loads(self.line(within_s))
        if not isinstance(message, dict):
            raise Failure(f"{self.name} answered with something else than an object", ExitCode.INTERNAL)
        return message

    def answer(self, expected: type[_M], within_s: float) -> _M:
        """The next line as a reply. Failure as of `line`, and for an error or another reply."""
        try:
            return read_reply(self.line(within_s), expected)
        except OrderError as error:
            raise Failure(f"{self.name} failed: {error}", ExitCode.INTERNAL) from None

    def ended(self) -> bool:
        return self._process.poll() is not None

    def wait_for_end(self, within_s: float) -> None:
        """Wait until it has ended by itself, for so long at most."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=within_s)

    def fate(self) -> str:
        """How it ended, or that it stopped answering; with the last line that it wrote to its log."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_STOP_S)
        match self._process.returncode:
            case None:
                how = "stopped answering"
            case code:
                how = f"killed by signal {-code}" if code < 0 else f"exit {code}"
        with contextlib.suppress(OSError):
            *_, last = "", *self._log.read_text("utf-8", "replace").strip().splitlines()
            how += f" ({last[:200]})" if last else ""
        return how

    def death(self) -> Failure:
        """The Failure of a child that should be alive."""
        return Failure(
            f"{self.name} (pid {self.pid}) died: {self.fate()}. The run is marked as not complete: "
            "run it again",
            ExitCode.INVALID,
        )

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return at once: of many processes, all are asked before one is waited for."""
        if not self.ended():
            self._process.terminate()

    def stop(self) -> None:
        """End the process: SIGTERM, then SIGKILL. Safe to call twice."""
        self.ask_to_stop()
        if not self.ended():
            try:
                self._process.wait(timeout=_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for pipe in (self.input, self.output):
            with contextlib.suppress(OSError):
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
