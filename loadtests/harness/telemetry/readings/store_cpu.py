from loadtests.harness.telemetry.reading import Observed, Reading


class StoreCpu(Reading):
    """CPU nanoseconds of the store."""

    name = "store_cpu_ns"

    def read(self, observed: Observed) -> int | None:
        return observed.store_cpu_ns() if observed.store_cpu_ns else None
