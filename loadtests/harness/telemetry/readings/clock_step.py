import time
from collections.abc import Sequence

from loadtests.harness.telemetry.reading import Observed, Reading


class ClockStep(Reading):
    """Nanoseconds that the wall clock gained on the monotonic clock (on the host with most): it was set."""

    name = "clock_step_ns"

    def read(self, observed: Observed) -> int:  # noqa: ARG002 - the clock belongs to no process
        return time.time_ns() - time.monotonic_ns()

    def together(self, told: Sequence[int]) -> int:
        return max(told, key=abs)
