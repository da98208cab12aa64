"""wrk and hey, where they are installed: what a request costs a generator that keeps no rows."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from loadtests.harness.processes import guard

_WAIT_S = 30.0


def installed(connections: int, duration_s: float) -> dict[str, list[str]]:
    """Name -> command without the URL, of each that is on PATH. They take whole seconds."""
    seconds = f"{max(1, round(duration_s))}s"
    commands = {
        "wrk": ["wrk", "-t1", f"-c{connections}", f"-d{seconds}"],
        "hey": ["hey", "-cpus", "1", "-c", str(connections), "-z", seconds],
    }
    return {name: command for name, command in commands.items() if shutil.which(name)}


def cpu_us_per_request(command: list[str], url: str, cpu: int, answered: Callable[[], int]) -> float:
    """Run it to its end on one processor: its CPU time by the requests the server answered meanwhile.

    CalledProcessError if it fails, TimeoutExpired if it does not end.
    """
    before_requests, before = answered(), resource.getrusage(resource.RUSAGE_CHILDREN)
    tied = [sys.executable, "-I", "-S", str(Path(guard.__file__)), str(os.getpid()), str(cpu)]
    subprocess.run([*tied, *command, url], check=True, capture_output=True, timeout=_WAIT_S)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu_s * 1e6 / max(1, answered() - before_requests)
