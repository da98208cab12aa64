from loadtests.harness.telemetry.reading import Observed, Reading


class AppCpu(Reading):
    """CPU nanoseconds of the server; None where its processes are not known."""

    name = "app_cpu_ns"

    def read(self, observed: Observed) -> int | None:
        return observed.server.cpu_ns() if observed.server else None
