from loadtests.harness.telemetry.cpu_clock import process_cpu_ns
from loadtests.harness.telemetry.reading import Observed, Reading


class AppCpu(Reading):
    """CPU nanoseconds of all processes of the server; None where they are not known."""

    name = "app_cpu_ns"

    def read(self, observed: Observed) -> int | None:
        return sum(map(process_cpu_ns, observed.server_pids)) if observed.server_pids else None
