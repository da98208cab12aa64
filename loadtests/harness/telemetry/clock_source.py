"""What the kernel counts time with, and what asking it costs."""

import statistics
import time
from itertools import pairwise
from typing import NamedTuple

from loadtests.harness.telemetry.kernel_file import read_text

_READS = 2000


class MonotonicClock(NamedTuple):
    """CLOCK_MONOTONIC as this process sees it."""

    source: str
    """The kernel's name for it, such as tsc; empty: not readable."""
    resolution_ns: float
    """As clock_getres(2) states it."""
    read_ns: float
    """Median distance of two readings in a row: what one timestamp costs, Python included."""


def read_monotonic_clock() -> MonotonicClock:
    """Read the source's name and try the clock."""
    source = read_text("/sys/devices/system/clocksource/clocksource0/current_clocksource")
    stamps = [time.monotonic_ns() for _ in range(_READS)]
    steps = [after - before for before, after in pairwise(stamps)]
    return MonotonicClock(source, time.clock_getres(time.CLOCK_MONOTONIC) * 1e9, statistics.median(steps))
