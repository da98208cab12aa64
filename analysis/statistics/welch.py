"""The ratio of two runs' figures: their generations and cycles are not pairs, so each has its own spread.

References: Welch, Biometrika 34 (1947) 28-35; degrees of freedom after Satterthwaite, Biometrics Bulletin 2
(1946) 110-114.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.statistics.student import t_quantile

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Side:
    """One run's logarithms of one figure."""

    generations: Values
    """One for each generation: what is compared."""
    cycles: Values
    """One for each cycle of all generations; the same as `generations` where a cycle has no figure."""


@dataclass(frozen=True)
class UnpairedRatio:
    """B / A of two runs with its interval."""

    ratio: float
    low: float
    high: float
    degrees: float


def welch_half_width(a: Values, b: Values, confidence: float) -> tuple[float, float]:
    """(half width of the interval of mean(b) - mean(a), Satterthwaite's degrees of freedom).

    The samples may differ in size and spread. Without spread in either the half width is 0. Raises
    ValueError if a side has fewer than two values: then nothing says how far it would differ next time.
    """
    if min(len(a), len(b)) < 2:
        raise ValueError("two values on each side are the least")
    shares = [(float(np.var(side, ddof=1)) / len(side), len(side) - 1) for side in (a, b)]
    variance = sum(share for share, _ in shares)
    if variance == 0:
        return 0.0, float(len(a) + len(b) - 2)
    # Scaled before squaring: the square of a tiny variance would be 0.
    degrees = 1 / sum((share / variance) ** 2 / own for share, own in shares)
    return t_quantile((1 + confidence) / 2, degrees) * math.sqrt(variance), degrees


def unpaired_ratio(a: Side, b: Side, confidence: float = 0.95) -> UnpairedRatio:
    """exp(mean of B's generations - mean of A's), with the wider of two Welch intervals.

    Over the generations, and over the cycles as if they were independent: few generations may agree by luck
    better than their cycles can know, as `intervals.nested_interval` says. What changes between
    two runs but inside neither (the hour, the host) is in no such interval. Raises ValueError if a side has
    fewer than two generations.
    """
    half, degrees = max(
        welch_half_width(a.generations, b.generations, confidence),
        welch_half_width(a.cycles, b.cycles, confidence),
    )
    log = float(b.generations.mean() - a.generations.mean())
    with np.errstate(over="ignore"):
        ratio, low, high = (float(value) for value in np.exp([log, log - half, log + half]))
    return UnpairedRatio(ratio, low, high, degrees)
