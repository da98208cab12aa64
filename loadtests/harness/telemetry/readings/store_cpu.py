from loadtests.harness.telemetry.cpu_clock import process_cpu_ns
from loadtests.harness.telemetry.reading import Observed, Reading


class StoreCpu(Reading):
    """CPU nanoseconds of the store's process."""

    name = "store_cpu_ns"

    def read(self, observed: Observed) -> int | None:
        return process_cpu_ns(observed.store_pid) if observed.store_pid else None
