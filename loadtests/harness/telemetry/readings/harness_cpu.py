import time

from loadtests.harness.telemetry.cpu_clock import process_cpu_ns
from loadtests.harness.telemetry.reading import Observed, Reading


class HarnessCpu(Reading):
    """CPU nanoseconds of this process and of those that work for it, such as the store's proxies."""

    name = "harness_cpu_ns"

    def read(self, observed: Observed) -> int:
        return time.process_time_ns() + sum(map(process_cpu_ns, observed.harness_pids))
