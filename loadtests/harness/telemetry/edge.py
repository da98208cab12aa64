"""Everything that is read at both edges of a slice, while the server is idle: before the first request is due
and after the last one is answered.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loadtests.harness.telemetry.busy import busy_between, read_busy_ns
from loadtests.harness.telemetry.cpu_clock import process_cpu_ns, run_queue_wait_ns
from loadtests.harness.telemetry.steal import StealTicks, read_steal, steal_share


@dataclass(frozen=True)
class Spent:
    """What was spent between two edges. The names are those of `authbench.contracts.records.SliceRecord`."""

    app_cpu_ns: int
    app_run_queue_wait_ns: int | None
    store_cpu_ns: int | None
    harness_cpu_ns: int
    busy_ns: Mapping[int, int]
    steal: Mapping[int, float]
    clock_step_ns: int


@dataclass(frozen=True)
class Edge:
    """One reading of every clock."""

    steal: StealTicks
    busy_ns: Mapping[int, int]
    app_run_queue_wait_ns: int | None
    store_cpu_ns: int | None
    wall_minus_monotonic_ns: int
    harness_cpu_ns: int
    app_cpu_ns: int

    def since(self, earlier: "Edge") -> Spent:
        """What was spent since an earlier edge."""
        return Spent(
            app_cpu_ns=self.app_cpu_ns - earlier.app_cpu_ns,
            app_run_queue_wait_ns=_between(earlier.app_run_queue_wait_ns, self.app_run_queue_wait_ns),
            store_cpu_ns=_between(earlier.store_cpu_ns, self.store_cpu_ns),
            harness_cpu_ns=self.harness_cpu_ns - earlier.harness_cpu_ns,
            busy_ns=busy_between(earlier.busy_ns, self.busy_ns),
            steal=steal_share(earlier.steal, self.steal),
            clock_step_ns=self.wall_minus_monotonic_ns - earlier.wall_minus_monotonic_ns,
        )


def read_edge(
    server_pids: Sequence[int], store_pid: int | None, cpus: tuple[int, ...], harness_pids: Sequence[int] = ()
) -> Edge:
    """Read every clock; `harness_pids` are processes that work for the harness, charged to no arm.

    OSError when one of the processes is gone.
    """
    return Edge(
        steal=read_steal(cpus, time.monotonic_ns()),
        busy_ns=read_busy_ns(cpus),
        app_run_queue_wait_ns=_sum(map(run_queue_wait_ns, server_pids)),
        store_cpu_ns=process_cpu_ns(store_pid) if store_pid else None,
        wall_minus_monotonic_ns=time.time_ns() - time.monotonic_ns(),
        harness_cpu_ns=time.process_time_ns() + sum(map(process_cpu_ns, harness_pids)),
        app_cpu_ns=sum(map(process_cpu_ns, server_pids)),
    )


def _sum(readings: Iterable[int | None]) -> int | None:
    """None if one of them could not be read."""
    known = list(readings)
    return None if None in known else sum(reading for reading in known if reading is not None)


def _between(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before
