"""Time each processor spent on anything at all: what the accounted processes are held against."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

_BUSY_FIELDS = (1, 2, 3, 6, 7)
"""Of a `cpuN` line of /proc/stat (proc(5)): user, nice, system, irq, softirq. Idle, waiting for a disk and
stolen are not work; guests are in user already."""


def parse_busy_ns(stat: str, cpus: Iterable[int], ticks_per_s: int) -> dict[int, int]:
    """Read the content of /proc/stat: busy nanoseconds since the start, in steps of a tick."""
    wanted = {f"cpu{cpu}": cpu for cpu in cpus}
    busy = {}
    for line in stat.splitlines():
        fields = line.split()
        if fields and fields[0] in wanted:
            ticks = sum(int(fields[index]) for index in _BUSY_FIELDS)
            busy[wanted[fields[0]]] = ticks * 1_000_000_000 // ticks_per_s
    return busy


def read_busy_ns(cpus: Iterable[int]) -> dict[int, int]:
    """Busy nanoseconds of `cpus` until now. One tick (10 ms) is the grain."""
    return parse_busy_ns(Path("/proc/stat").read_text("ascii"), cpus, os.sysconf("SC_CLK_TCK"))


def busy_between(before: Mapping[int, int], after: Mapping[int, int]) -> dict[int, int]:
    """Busy nanoseconds between two readings, by processor."""
    return {cpu: busy_ns - before.get(cpu, busy_ns) for cpu, busy_ns in after.items()}
