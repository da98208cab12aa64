"""The stages in one process, by pyperf: a cross-check of the stages measured under load.

pyperf starts a process for every few values, so that no process's luck is taken for the code's speed. Its own
JSON names host and paths; only the figures are kept.
"""

import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pyperf

from authbench.contracts.failure import Failure
from authbench.contracts.records import InProcess
from servers.benchmarks.pieces import ALONE

_MEASURED = ("cryptography", "pyjwt", "starlette")
_PROCESSES = 6


def measure(cpus: Sequence[int], processes: int = _PROCESSES) -> InProcess:
    """Run every benchmark on those processors; about a minute. Failure if pyperf gives up."""
    with tempfile.TemporaryDirectory(prefix="authbench-") as folder:
        path = Path(folder) / "pyperf.json"
        command = [
            sys.executable, "-m", "servers.benchmarks.pieces", "--quiet", "--output", str(path),
            "--processes", str(processes), "--affinity", ",".join(str(cpu) for cpu in cpus),
        ]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["it said nothing"]
            raise Failure(f"pyperf gave up ({lines[-1]}): run make bench-stages again")
        found = {one.get_name(): one.get_values() for one in pyperf.BenchmarkSuite.load(str(path))}
    return from_seconds(found)


def from_seconds(found: Mapping[str, Sequence[float]]) -> InProcess:
    """What a run keeps of benchmarks by name, in seconds a call."""
    microseconds = {name: [value * 1e6 for value in values] for name, values in found.items()}
    return InProcess(
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        python=platform.python_version(),
        versions={name: version(name) for name in (*_MEASURED, "pyperf")},
        authenticate_us={n: values for n, values in microseconds.items() if not n.startswith(ALONE)},
        stage_us={
            name.removeprefix(ALONE): values
            for name, values in microseconds.items()
            if name.startswith(ALONE)
        },
    )
