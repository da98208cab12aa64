"""The ratio of two medians with its interval, without an assumption about the shape of the samples."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats

from loadtests.attacks.statistics.interval import Interval


def ratio_of_medians(first: Sequence[float], second: Sequence[float], confidence: float = 0.95) -> Interval:
    """The median of the second divided by that of the first; values are above 0, at least five in each.

    Price and Bonett, Journal of Statistical Computation and Simulation 72 (2002) 119-124: the variance of the
    logarithm of a median is read off two order statistics. ValueError for fewer or other values.
    """
    if min(len(first), len(second)) < 5 or min(*first, *second) <= 0:
        raise ValueError("five values above 0 on each side are the least")
    logs = [np.sort(np.log(np.asarray(side, dtype=float))) for side in (first, second)]
    log = float(np.median(logs[1]) - np.median(logs[0]))
    half = float(stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(sum(map(_variance_of_median, logs)))
    return Interval(math.exp(log), math.exp(log - half), math.exp(log + half))


def _variance_of_median(ordered: npt.NDArray[np.float64]) -> float:
    """The variance of the median of a sorted sample."""
    n = len(ordered)
    c = max(round((n + 1) / 2 - math.sqrt(n)), 1)
    # How sure the interval between these two order statistics is by itself.
    outside = 2 * float(stats.binom.cdf(c - 1, n, 0.5))
    z = float(stats.norm.ppf(1 - outside / 2))
    return float((ordered[n - c] - ordered[c - 1]) / (2 * z)) ** 2
