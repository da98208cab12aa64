from loadtests.harness.telemetry.reading import Observed, Reading


class StoreCpu(Reading):
    """CPU nanoseconds of the store; None where its processes are not known."""

    name = "store_cpu_ns"

    def read(self, observed: Observed) -> int | None:
        return observed.store.cpu_ns() if observed.store else None
