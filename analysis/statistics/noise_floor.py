"""The noise floor: how different two identical arms look here. No smaller effect is called one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.statistics.intervals import Interval
from analysis.validity.limits import CONFIDENCE, POOLED_RUNS


@dataclass(frozen=True)
class NoiseFloor:
    """A ratio minus 1, alike in both directions: 0.03 means that 3 % more or less is noise."""

    value: float
    runs: int
    """Twins it comes from: 1 is this run's own."""
    source: str
    """The same in words."""
    visible: float | None = None
    """Smallest A - B that the calibration of this machine can see, in the metric's unit. None: there is none.
    Infinite: it saw no planted effect of this kind."""


def from_twin(twin_log: Interval) -> NoiseFloor:
    """From this run's own twin: the far end of the interval of |ln(twin / original)|."""
    return NoiseFloor(
        _as_ratio(max(abs(twin_log.low), abs(twin_log.high))), 1, "this run's own two identical arms"
    )


def pooled(earlier_logs: Sequence[float]) -> NoiseFloor:
    """From earlier runs: t(k) times the root mean square of their k values of ln(twin / original).

    The true value is known to be 0, so k values have k degrees of freedom.
    """
    values = np.asarray(earlier_logs, dtype=float)
    count = len(values)
    factor = float(stats.t.ppf((1 + CONFIDENCE.value) / 2, count))
    return NoiseFloor(
        _as_ratio(factor * float(np.sqrt(np.mean(values**2)))),
        count,
        f"the identical arms of {count} earlier runs of this machine",
    )


def noise_floor(twin_log: Interval, earlier_logs: Sequence[float] = ()) -> NoiseFloor:
    """The machine's history once it has five earlier runs, this run's own twin until then."""
    if len(earlier_logs) >= POOLED_RUNS.value:
        return pooled(earlier_logs)
    return from_twin(twin_log)


def _as_ratio(log: float) -> float:
    try:
        return math.expm1(log)
    except OverflowError:
        return math.inf
