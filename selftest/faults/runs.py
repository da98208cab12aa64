"""Two runs that may not be compared."""

import shutil
import subprocess
import sys
from pathlib import Path

from authbench.contracts.failure import ExitCode
from selftest.fault import Fault
from selftest.laboratory import Laboratory
from selftest.objection import Objection
from selftest.recording import Recording

_COPY_S = 300.0


def _compared(laboratory: Laboratory, kernel: str | None) -> tuple[int, str]:
    """`authbench compare` of the clean run and a copy of it, on another kernel if one is given."""
    results = laboratory.results()
    runs = []
    for name in ("a", "b"):
        copy = Recording(Path(shutil.copytree(laboratory.quiet.raw, results / "raw" / name)))
        copy.change_manifest(run_id=name)
        runs.append(copy)
    if kernel is not None:
        machine = runs[1].manifest.machine
        runs[1].change_manifest(machine=machine.model_copy(update={"kernel": kernel}))
    command = [sys.executable, "-m", "authbench", "compare", "a", "b", "--results", str(results)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=_COPY_S, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def _other_kernel(laboratory: Laboratory) -> set[Objection]:
    """Refused with the difference named, where the same two runs on one kernel are compared."""
    same, _ = _compared(laboratory, None)
    code, said = _compared(laboratory, "another kernel")
    refused = same == ExitCode.DONE and code == ExitCode.NOT_COMPARABLE and "another kernel" in said
    return {Objection("V39", "exit code")} if refused else set()


FAULTS = (Fault("V39", "two runs on different kernels compared", "recorded", "exit code", _other_kernel),)
