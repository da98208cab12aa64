"""How long the application waited for a processor."""

from loadtests.harness.telemetry.cpu_clock import run_queue_wait_ns
from loadtests.harness.telemetry.reading import Observed, Reading, sum_of


class AppRunQueueWait(Reading):
    """Nanoseconds in which the server's processes were ready to run and did not run."""

    name = "app_run_queue_wait_ns"

    def read(self, observed: Observed) -> int | None:
        return sum_of(map(run_queue_wait_ns, observed.server_pids))
