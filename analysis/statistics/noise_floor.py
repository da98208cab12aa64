"""The noise floor: how different two identical arms look here. No smaller effect is called one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.statistics.intervals import ByGeneration, Interval, Ratio, nested_ratio
from analysis.validity.limits import CONFIDENCE, POOLED_RUNS, TWIN_CONFIDENCE


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

    def exceeded_by(self, log: Interval, difference: float) -> bool:
        """Whether an effect is more than identical arms show, and no less than the calibration can see.

        `log`: ln(A / B). `difference`: A - B in the metric's unit. The noise floor is of this run's arms, or
        of earlier ones; the calibration is of the harness: no run can vouch for less than effects of known
        size have shown.
        """
        visible = self.visible is None or abs(difference) >= self.visible
        return visible and abs(log.estimate) > math.log1p(self.value)


def differing_twins(log_ratios: ByGeneration) -> Ratio | None:
    """Ratio of two identical arms whose 99% interval does not contain 1; None where it does, or of no cycle.

    One sound run in a hundred has one.
    """
    if not log_ratios:
        return None
    twins = nested_ratio(log_ratios, TWIN_CONFIDENCE.value)
    return None if twins.low <= 1 <= twins.high else twins


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
