"""Percentiles of one arm's requests: they describe a sample and compare nothing."""

import math

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.statistics.estimate import Estimate
from analysis.validity.limits import SAMPLES_BEYOND

PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}


def order_statistic_ranks(
    count: int, share: float, confidence: float = 0.95
) -> tuple[int | None, int | None]:
    """Ranks (from 1) of the two samples that enclose the `share` quantile, from Binomial(count, share).

    The chance that the quantile lies between them is at least `confidence` if the samples are independent.
    None where no sample is extreme enough: p99 needs 368 samples for an upper one.
    """
    low = int(stats.binom.ppf((1 - confidence) / 2, count, share))
    high = int(stats.binom.ppf((1 + confidence) / 2, count, share)) + 1
    return (low if low >= 1 else None), (high if high <= count else None)


def too_few_beyond(count: int, share: float) -> str | None:
    """Why a sample of `count` requests has no `share` quantile, in words; None: it has one.

    With n samples the p99 is the maximum for any n up to 100: it says how long was measured, not how slow.
    """
    beyond = round(count * (1 - share), 6)
    if beyond >= SAMPLES_BEYOND.value:
        return None
    return f"{count} requests; {math.ceil(round(SAMPLES_BEYOND.value / (1 - share), 6))} are needed"


def percentile(values: npt.NDArray[np.float64], share: float) -> Estimate:
    """The sample of rank ceil(n * share), if enough samples lie beyond it, with its order-statistic interval.

    A request without a usable reply is +infinity in `values`. A percentile among those has no value.
    """
    return percentile_of_sorted(np.sort(values), share)


def percentile_of_sorted(ordered: npt.NDArray[np.float64], share: float) -> Estimate:
    """The same of values sorted before: sorting a million again for each percentile takes a second."""
    count = len(ordered)
    if reason := too_few_beyond(count, share):
        return Estimate(reason=reason)

    def at(rank: int | None) -> float | None:
        value = math.inf if rank is None else float(ordered[rank - 1])
        return value if math.isfinite(value) else None

    low, high = order_statistic_ranks(count, share)
    value = at(math.ceil(round(count * share, 6)))
    if value is None:
        failed = int(np.isinf(ordered).sum())
        return Estimate(low=at(low), reason=f"{failed} of {count} requests had no usable reply")
    return Estimate(value=value, low=at(low), high=at(high))


def described(values: npt.NDArray[np.float64], refusal: str | None) -> dict[str, Estimate]:
    """The named percentiles of pooled requests, or for each the reason why there is none.

    The interval takes requests as independent: it describes this sample and judges nothing.
    """
    if refusal:
        return {name: Estimate(reason=refusal) for name in PERCENTILES}
    ordered = np.sort(values)
    return {name: percentile_of_sorted(ordered, share) for name, share in PERCENTILES.items()}
