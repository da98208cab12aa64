import time

from loadtests.harness.telemetry.processor_time import read_processor_ns
from loadtests.harness.telemetry.reading import Observed, Reading

Stolen = tuple[int, dict[int, int]]
"""(when it was read, stolen so far by processor), in ns."""


class Steal(Reading):
    """Share of wall time stolen, by processor. One tick (10 ms) is the smallest step."""

    name = "steal"

    def read(self, observed: Observed) -> Stolen:
        now_ns = time.monotonic_ns()
        return now_ns, {cpu: spent["steal"] for cpu, spent in read_processor_ns(observed.cpus).items()}

    def between(self, before: Stolen, after: Stolen) -> dict[int, float]:
        wall_ns = after[0] - before[0]
        return {
            cpu: (stolen_ns - before[1].get(cpu, stolen_ns)) / wall_ns if wall_ns > 0 else 0.0
            for cpu, stolen_ns in after[1].items()
        }
