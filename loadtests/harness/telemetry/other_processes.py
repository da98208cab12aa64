import os
from collections.abc import Mapping
from typing import NamedTuple

import psutil


class CpuUse(NamedTuple):
    """One process so far. Its name only: a command line may carry somebody's password."""

    name: str
    cpu_s: float
    started_at: float
    """Tells a process from a later one with the same number."""


class BusyProcess(NamedTuple):
    """One process over a while."""

    pid: int
    name: str
    processors: float
    """Processor-seconds a second."""


def read_cpu_use() -> dict[int, CpuUse]:
    """Every process that can be read, by its number, this one left out."""
    found = {}
    for process in psutil.process_iter(["name", "cpu_times", "create_time"]):
        times = process.info["cpu_times"]
        if process.pid != os.getpid() and times is not None:
            found[process.pid] = CpuUse(
                process.info["name"] or "?", times.user + times.system, process.info["create_time"]
            )
    return found


def busiest(before: Mapping[int, CpuUse], after: Mapping[int, CpuUse], wall_s: float) -> list[BusyProcess]:
    """Processes that used a processor between the readings, the busiest first.

    One that began in between counts from its beginning; one that ended is not seen.
    """
    busy = []
    for pid, use in after.items():
        earlier = before.get(pid)
        base_s = earlier.cpu_s if earlier and earlier.started_at == use.started_at else 0.0
        if use.cpu_s > base_s and wall_s > 0:
            busy.append(BusyProcess(pid, use.name, (use.cpu_s - base_s) / wall_s))
    return sorted(busy, key=lambda process: process.processors, reverse=True)
