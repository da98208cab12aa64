from collections.abc import Mapping

from loadtests.harness.telemetry.processor_time import read_processor_ns
from loadtests.harness.telemetry.reading import Observed, Reading

_WORK = ("user", "nice", "system", "irq", "softirq")
"""Idle, waiting for a disk and stolen are not work; guests are in user already."""


class Busy(Reading):
    """Nanoseconds each processor worked for anything at all: accounted processes are compared with them."""

    name = "busy_ns"

    def read(self, observed: Observed) -> dict[int, int]:
        times = read_processor_ns(observed.cpus)
        return {cpu: sum(spent[kind] for kind in _WORK) for cpu, spent in times.items()}

    def between(self, before: Mapping[int, int], after: Mapping[int, int]) -> dict[int, int]:
        return {cpu: busy_ns - before.get(cpu, busy_ns) for cpu, busy_ns in after.items()}
