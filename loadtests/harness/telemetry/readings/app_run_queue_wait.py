from loadtests.harness.telemetry.reading import Observed, Reading


class AppRunQueueWait(Reading):
    """Nanoseconds in which the server's processes were ready to run and did not run."""

    name = "app_run_queue_wait_ns"

    def read(self, observed: Observed) -> int | None:
        return observed.server.run_queue_wait_ns() if observed.server else None
