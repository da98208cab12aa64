"""Read what each processor spent its time on: /proc/stat, in steps of a tick (10 ms)."""

import os
from collections.abc import Iterable
from pathlib import Path

_KINDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
"""Fields of a `cpuN` line, in their order: proc(5)."""


def parse_processor_ns(stat: str, cpus: Iterable[int], ticks_per_s: int) -> dict[int, dict[str, int]]:
    """Read the content of /proc/stat: nanoseconds since the start of the machine, by processor and kind."""
    wanted = {f"cpu{cpu}": cpu for cpu in cpus}
    found = {}
    for line in stat.splitlines():
        name, *ticks = line.split()
        if name in wanted:
            spent = (int(count) * 1_000_000_000 // ticks_per_s for count in ticks)
            found[wanted[name]] = dict(zip(_KINDS, spent, strict=False))
    return found


def read_processor_ns(cpus: Iterable[int]) -> dict[int, dict[str, int]]:
    """Read it now, for these processors."""
    return parse_processor_ns(Path("/proc/stat").read_text("ascii"), cpus, os.sysconf("SC_CLK_TCK"))
