"""Intervals for nested replicates: cycles inside generations. A single request is never a replicate.

Every function that compares takes generation -> one number per cycle. There is none that takes requests:
requests of one slice share the machine's state, and tests that count them as independent find a difference
between identical systems in half of all experiments (Abedi & Brecht, ICPE 2017).

References: Kalibera & Jones, ISMM 2013 (intervals from the highest level that varies); Schuirmann 1987
(two one-sided tests); Hollander & Wolfe (signed ranks).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.statistics.student import t_quantile

ByGeneration = Mapping[int, Sequence[float] | npt.NDArray[np.float64]]
"""generation -> one number for each of its cycles."""


@dataclass(frozen=True)
class Interval:
    """A mean with its interval, both in the unit of what was put in."""

    estimate: float
    low: float
    high: float
    standard_error: float
    degrees: int
    cycles: int
    generations: int

    @property
    def half_width(self) -> float:
        """Half of the interval's length; infinite where there is nothing to estimate it from."""
        return (self.high - self.low) / 2

    def contains(self, value: float) -> bool:
        """True: the data do not rule `value` out, which does not mean that it is right."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Ratio:
    """A ratio of costs A / B with its interval."""

    ratio: float
    low: float
    high: float
    cycles: int
    generations: int
    log: Interval


def nested_interval(by_generation: ByGeneration, confidence: float = 0.95) -> Interval:
    """Mean of the generations' means, with the wider of two intervals.

    Between generations: t(G-1) * sqrt(S_G^2 / G), S_G^2 the variance of the generations' means (Kalibera &
    Jones). It contains what every restart changes, but G is small: by luck the means may agree better than
    the cycles in them can know. So the interval is never narrower than the one that treats the cycles as
    independent, t(n-1) * s / sqrt(n). With one generation that is the only one, and what a restart changes
    is not in it. With one number there is none: the interval is infinite.

    Raises ValueError if there is no number at all, or one that is not finite.
    """
    groups = [np.asarray(values, dtype=float) for values in by_generation.values() if len(values)]
    if not groups:
        raise ValueError("no cycle to estimate from")
    cycles = np.concatenate(groups)
    if not np.isfinite(cycles).all():
        raise ValueError("a cycle's figure is not finite")
    means = np.array([group.mean() for group in groups])
    estimate = float(means.mean())
    levels = [values for values in (means, cycles) if len(values) > 1]
    half, error, degrees = math.inf, math.inf, 0
    for index, values in enumerate(levels):
        level_error = float(values.std(ddof=1)) / math.sqrt(len(values))
        level_half = t_quantile((1 + confidence) / 2, len(values) - 1) * level_error
        if index == 0 or level_half > half:
            half, error, degrees = level_half, level_error, len(values) - 1
    return Interval(estimate, estimate - half, estimate + half, error, degrees, len(cycles), len(groups))


def nested_ratio(log_ratios: ByGeneration, confidence: float = 0.95) -> Ratio:
    """Geometric mean ratio A / B from ln(A / B) of each cycle, with `nested_interval`'s interval."""
    log = nested_interval(log_ratios, confidence)
    ratio, low, high = np.exp([log.estimate, log.low, log.high]).tolist()
    return Ratio(ratio, low, high, log.cycles, log.generations, log)


def ratio_minus_one(log: float) -> float:
    """exp(log) - 1; infinite where a number cannot hold it."""
    try:
        return math.expm1(log)
    except OverflowError:
        return math.inf


def equivalent(log_ratios: ByGeneration, margin: float, alpha: float = 0.05) -> bool:
    """Two one-sided tests: the (1 - 2 alpha) interval lies within a factor 1 + margin either way.

    True: a difference of `margin` or more is ruled out. False: it is not, which is not a difference.
    """
    log = nested_interval(log_ratios, 1 - 2 * alpha)
    limit = math.log1p(margin)
    return -limit < log.low and log.high < limit


@dataclass(frozen=True)
class VarianceComponents:
    """Where the noise of a figure is. Both are squares of its unit."""

    within: float
    """T_1^2: of cycles of one generation."""
    between: float
    """T_2^2: of what a restart changes, without the cycles' own part; never below 0."""
    cycles: float
    """Harmonic mean of the generations' cycles."""

    @property
    def between_share(self) -> float:
        """Share of the variance of a generation's mean that further cycles would not remove."""
        whole = self.between + self.within / self.cycles
        return self.between / whole if whole else 0.0


def variance_components(by_generation: ByGeneration) -> VarianceComponents | None:
    """T_1^2 = S_1^2 and T_2^2 = S_2^2 - S_1^2 / r_1 (Kalibera & Jones, ISMM 2013, corrected in libkalibera).

    S_1^2 is the pooled variance of the cycles about their generation's mean, S_2^2 that of the generations'
    means. None with fewer than two generations, or with no more than one cycle in each.
    """
    groups = [np.asarray(values, dtype=float) for values in by_generation.values() if len(values)]
    degrees = sum(len(group) - 1 for group in groups)
    if len(groups) < 2 or degrees == 0:
        return None
    within = sum(float(((group - group.mean()) ** 2).sum()) for group in groups) / degrees
    cycles = len(groups) / sum(1 / len(group) for group in groups)
    means = np.array([group.mean() for group in groups])
    return VarianceComponents(within, max(0.0, float(means.var(ddof=1)) - within / cycles), cycles)


def minimal_detectable_effect(log: Interval, confidence: float = 0.95, power: float = 0.8) -> float | None:
    """Smallest true |ratio - 1| such a run finds with that power: (t_c + t_p) * standard error.

    None where the standard error cannot be known. Printed beside a figure; it decides nothing.
    """
    if log.degrees < 1:
        return None
    factor = t_quantile((1 + confidence) / 2, log.degrees) + t_quantile(power, log.degrees)
    effect = ratio_minus_one(factor * log.standard_error)
    return effect if math.isfinite(effect) else None


def ranks_exclude_one(log_ratios: ByGeneration, confidence: float = 0.95) -> bool:
    """Robustness twin of the t interval: Wilcoxon's signed ranks over the cycles.

    True: the ranks alone also say that the cycles do not lie around 1. False where a few wild cycles carry
    the mean: then the t interval's verdict is not given. Needs six cycles to be able to say True.
    """
    cycles = np.concatenate([np.asarray(values, dtype=float) for values in log_ratios.values()])
    cycles = cycles[cycles != 0]
    if len(cycles) < 6:
        return False
    return bool(stats.wilcoxon(cycles).pvalue < 1 - confidence)
