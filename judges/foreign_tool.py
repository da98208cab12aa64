"""Run a tool of others to its end, or end it with everything it has started."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from authbench.contracts.failure import ExitCode, Failure
from loadtests.harness.processes import guard
from loadtests.harness.processes.placement import available_processors


@dataclass(frozen=True)
class Done:
    """What a tool left: its exit status and what it printed."""

    status: int
    out: str
    errors: str

    @property
    def last_words(self) -> str:
        """The end of what it printed, in one line, for an error message."""
        return " ".join((self.errors.strip() or self.out.strip())[-300:].split())


def run_tool(
    command: Sequence[str],
    folder: Path,
    within_s: float,
    environment: Mapping[str, str] | None = None,
    answers: str = "",
) -> Done:
    """Run it in `folder`, with `answers` on its standard input. Failure if it takes longer than `within_s`.

    It ends with this process, whatever ends that (`loadtests/harness/processes/guard.py`).
    """
    cpus = ",".join(map(str, sorted(available_processors())))
    assert guard.__file__ is not None  # noqa: S101 - a module of ours
    guarded = [sys.executable, "-I", "-S", guard.__file__, str(os.getpid()), cpus, *command]
    process = subprocess.Popen(
        guarded,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        out, errors = process.communicate(answers, timeout=within_s)
    except subprocess.TimeoutExpired:
        _end(process)
        name = Path(command[0]).name
        raise Failure(f"{name} was not done after {within_s:g} s", ExitCode.INVALID) from None
    except BaseException:
        _end(process)
        raise
    return Done(process.returncode, out, errors)


def _end(process: "subprocess.Popen[str]") -> None:
    """End its whole process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
