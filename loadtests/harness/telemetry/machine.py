"""The facts of the machine, without its name."""

import hashlib
import os
import platform
import re
import socket

import psutil

from authbench.contracts.records import Machine
from loadtests.harness.telemetry.kernel_file import read_text

_MODEL = re.compile("model name|Model")


def describe_machine() -> Machine:
    """Read the facts. `host` is a hash of the name and the model: it tells no more than which is the same."""
    cpuinfo = read_text("/proc/cpuinfo")
    models = (line.partition(":")[2].strip() for line in cpuinfo.splitlines() if _MODEL.match(line))
    cpu_model = next(models, platform.machine())
    identity = f"{socket.gethostname()}|{cpu_model}|{os.cpu_count()}"
    return Machine(
        host=hashlib.sha256(identity.encode()).hexdigest()[:16],
        cpu_model=cpu_model,
        cpus=os.cpu_count() or 1,
        memory_mib=psutil.virtual_memory().total // 2**20,
        kernel=platform.release(),
        virtualized="hypervisor" in cpuinfo if cpuinfo else None,
    )
