"""The facts of the machine, without its name."""

import hashlib
import os
import platform
import socket
from pathlib import Path

import psutil

from authbench.contracts.records import Machine


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError:
        return ""


def _cpu_model() -> str:
    for line in _first_line("/proc/cpuinfo").splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return platform.machine()


def describe_machine() -> Machine:
    """`host` is a hash of the machine's name and model: the same machine has the same one, and it tells
    nothing else.
    """
    identity = f"{socket.gethostname()}|{_cpu_model()}|{os.cpu_count()}"
    hypervisor = "hypervisor" in _first_line("/proc/cpuinfo")
    return Machine(
        host=hashlib.sha256(identity.encode()).hexdigest()[:16],
        cpu_model=_cpu_model(),
        cpus=os.cpu_count() or 1,
        memory_mib=psutil.virtual_memory().total // 2**20,
        kernel=platform.release(),
        virtualized=hypervisor if _first_line("/proc/cpuinfo") else None,
    )
