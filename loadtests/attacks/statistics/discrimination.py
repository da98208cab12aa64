"""How well one number tells two kinds apart: the area under the ROC curve (AUC), with its interval.

The AUC is the probability that a value of the second kind is above one of the first, ties counted by half:
0.5 tells nothing, 0 and 1 tell everything. A p-value would only say that there is a difference, however
small; the AUC says what a guesser gains from one look.
"""

import math

import numpy as np
import numpy.typing as npt
from scipy import stats

from loadtests.attacks.statistics.interval import Interval

Samples = npt.ArrayLike


def auc(first: Samples, second: Samples, confidence: float = 0.95) -> Interval:
    """The AUC of the second kind against the first, with DeLong's interval.

    Variance: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837-845, computed from midranks (Sun and
    Xu, IEEE Signal Processing Letters 21 (2014) 1389-1393). The interval is made on the logit scale, so that
    it stays within 0 and 1 (Pepe, The Statistical Evaluation of Medical Tests, 2003, section 5.2).

    Where the kinds do not overlap at all the variance is 0, and says nothing. Then the far end is Clopper and
    Pearson's for the disjoint pairs that the samples make, each of which fell the same way. ValueError if a
    kind has fewer than two values.
    """
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    m, n = len(x), len(y)
    if min(m, n) < 2:
        raise ValueError("two values of each kind are the least")
    together = stats.rankdata(np.concatenate([x, y]))
    above = (together[m:] - stats.rankdata(y)) / m
    """For each of the second kind, the share of the first that is below it."""
    below = 1 - (together[:m] - stats.rankdata(x)) / n
    area = float(above.mean())
    variance = float(np.var(below, ddof=1)) / m + float(np.var(above, ddof=1)) / n
    if not 0 < area < 1:
        far = ((1 - confidence) / 2) ** (1 / min(m, n))
        return Interval(area, far, 1.0) if area >= 1 else Interval(area, 0.0, 1 - far)
    logit = math.log(area / (1 - area))
    half = float(stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(variance) / (area * (1 - area))
    return Interval(area, _expit(logit - half), _expit(logit + half))


def _expit(value: float) -> float:
    """1 / (1 + exp(-value)), without an overflow."""
    return 1 / (1 + math.exp(-value)) if value >= 0 else 1 - 1 / (1 + math.exp(value))
