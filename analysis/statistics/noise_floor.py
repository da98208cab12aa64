"""The noise floor: how different two identical arms look here. No smaller effect is called one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.statistics.intervals import ByGeneration, Interval, Ratio, nested_ratio, ratio_minus_one
from analysis.statistics.student import t_quantile
from analysis.validity.limits import CONFIDENCE, POOLED_RUNS, TWIN_CONFIDENCE
from authbench.words.counting import counted


@dataclass(frozen=True)
class NoiseFloor:
    """A ratio minus 1, alike in both directions: 0.03 means that 3 % more or less is noise."""

    value: float
    runs: int
    """Number of twins it comes from: 1 is this run's own."""
    source: str
    visible: float | None = None
    """Smallest A - B that this machine's calibration can see, in the metric's unit. None: not calibrated.
    Infinite: the calibration saw no planted effect of this kind."""

    def exceeded_by(self, log: Interval, difference: float) -> bool:
        """Whether an effect is more than identical arms show, and no less than the calibration can see.

        `log`: ln(A / B). `difference`: A - B in the metric's unit.
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


def noise_floor(twin_log: Interval, earlier_logs: Sequence[float] = ()) -> NoiseFloor:
    """From the machine's earlier runs once there are five, from this run's own twin until then.

    Twin: the far end of the interval of |ln(twin / original)|. Earlier runs: t(k) times the root mean square
    of their k values of ln(twin / original), whose true value is known to be 0: k degrees of freedom.
    """
    count = len(earlier_logs)
    if count < POOLED_RUNS.value:
        farthest = max(abs(twin_log.low), abs(twin_log.high))
        return NoiseFloor(ratio_minus_one(farthest), 1, "this run's own two identical arms")
    factor = t_quantile((1 + CONFIDENCE.value) / 2, count)
    spread = float(np.sqrt(np.mean(np.square(earlier_logs))))
    source = f"the identical arms of {counted(count, 'earlier run')} of this machine"
    return NoiseFloor(ratio_minus_one(factor * spread), count, source)
