from loadtests.harness.telemetry.cpu_clock import run_queue_wait_ns
from loadtests.harness.telemetry.reading import Observed, Reading


class AppRunQueueWait(Reading):
    """Nanoseconds in which the server's processes were ready to run and did not run."""

    name = "app_run_queue_wait_ns"

    def read(self, observed: Observed) -> int | None:
        if not observed.server_pids:
            return None
        waits = [run_queue_wait_ns(pid) for pid in observed.server_pids]
        return None if None in waits or not waits else sum(wait for wait in waits if wait is not None)
