"""Percentiles of one arm's requests: they describe a sample and compare nothing."""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from analysis.statistics.estimate import Estimate
from analysis.statistics.intervals import nested_interval
from analysis.validity.limits import CONFIDENCE, SAMPLES_BEYOND

PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
_LARGEST_LOG = 50.0
"""exp of more is no time that was ever measured, and soon no number."""


def too_few_beyond(count: int, share: float) -> str | None:
    """Why a sample of `count` requests has no `share` quantile, in words; None: it has one.

    With n samples the p99 is the maximum for any n up to 100: it says how long was measured, not how slow.
    """
    beyond = round(count * (1 - share), 6)
    if beyond >= SAMPLES_BEYOND.value:
        return None
    return f"{count} requests; {math.ceil(round(SAMPLES_BEYOND.value / (1 - share), 6))} are needed"


def percentile(values: npt.NDArray[np.float64], share: float) -> Estimate:
    """The sample of rank ceil(n * share), if enough samples lie beyond it; without an interval.

    A request without a usable reply is +infinity in `values`. A percentile among those has no value.
    """
    return percentile_of_sorted(np.sort(values), share)


def percentile_of_sorted(ordered: npt.NDArray[np.float64], share: float) -> Estimate:
    """As `percentile`, of sorted values: sorting a million again for each percentile takes a second."""
    count = len(ordered)
    if reason := too_few_beyond(count, share):
        return Estimate(reason=reason)
    value = float(ordered[math.ceil(round(count * share, 6)) - 1])
    if math.isinf(value):
        failed = int(np.isinf(ordered).sum())
        return Estimate(reason=f"{failed} of {count} requests had no usable reply")
    return Estimate(value=value)


def describe(by_generation: Mapping[int, npt.NDArray[np.float64]]) -> dict[str, Estimate]:
    """The named percentiles of pooled requests, each with the interval of how generations differ in it.

    The interval: the pooled percentile times exp(-+ t(G-1) * s / sqrt(G)), s the standard deviation of the
    logarithms of the G generations' own percentiles. One from order statistics would take requests as
    independent, and an identical arm beside it would lie outside. None where fewer than two generations carry
    the percentile.
    """
    ordered = {number: np.sort(values) for number, values in by_generation.items()}
    pooled = np.sort(np.concatenate([*ordered.values(), np.empty(0)]))
    return {name: _described(pooled, ordered, share) for name, share in PERCENTILES.items()}


def _described(
    pooled: npt.NDArray[np.float64], ordered: Mapping[int, npt.NDArray[np.float64]], share: float
) -> Estimate:
    whole = percentile_of_sorted(pooled, share)
    own = {number: percentile_of_sorted(values, share).value for number, values in ordered.items()}
    logs = {number: [math.log(value)] for number, value in own.items() if value is not None and value > 0}
    if whole.value is None or len(logs) < 2:
        return whole
    factor = math.exp(min(nested_interval(logs, CONFIDENCE.value).half_width, _LARGEST_LOG))
    return Estimate(value=whole.value, low=whole.value / factor, high=whole.value * factor)
