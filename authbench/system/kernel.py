"""Which kernel a process runs on: two hosts with one kernel share its processors, whatever they are named."""

import os
from pathlib import Path

from authbench.contracts.records import HostFacts

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Drawn at the start of a kernel, the same in each of its containers and namespaces: random(4)."""


def read_host_facts(authbench_version: str) -> HostFacts:
    """Say what this process knows of the host that it is on."""
    try:
        boot = _BOOT_ID.read_text("ascii").strip()
    except OSError:
        boot = ""
    processors = sorted(os.sched_getaffinity(0))
    return HostFacts(authbench_version=authbench_version, boot=boot, processors=processors)
