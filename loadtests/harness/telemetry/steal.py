"""Time the hypervisor took from a processor."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_STEAL_FIELD = 8
"""Of a `cpuN` line of /proc/stat (proc(5)): user nice system idle iowait irq softirq steal ..."""


@dataclass(frozen=True)
class StealTicks:
    """Ticks stolen so far by processor, and when this was read."""

    ticks: Mapping[int, int]
    at_ns: int


def parse_steal(stat: str, cpus: Iterable[int], at_ns: int) -> StealTicks:
    """Read the content of /proc/stat."""
    wanted = {f"cpu{cpu}": cpu for cpu in cpus}
    ticks = {}
    for line in stat.splitlines():
        fields = line.split()
        if fields and fields[0] in wanted:
            ticks[wanted[fields[0]]] = int(fields[_STEAL_FIELD])
    return StealTicks(ticks, at_ns)


def read_steal(cpus: Iterable[int], at_ns: int) -> StealTicks:
    """Ticks stolen from `cpus` until now."""
    return parse_steal(Path("/proc/stat").read_text("ascii"), cpus, at_ns)


def steal_share(before: StealTicks, after: StealTicks) -> dict[int, float]:
    """Share of wall time stolen between the two readings, by processor. One tick (10 ms) is the grain."""
    ticks_per_s = os.sysconf("SC_CLK_TCK")
    wall_s = (after.at_ns - before.at_ns) / 1e9
    return {
        cpu: (ticks - before.ticks.get(cpu, ticks)) / ticks_per_s / wall_s if wall_s > 0 else 0.0
        for cpu, ticks in after.ticks.items()
    }
