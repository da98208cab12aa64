"""Read the figures that claims are judged by: from summaries of runs, and from readings of set-ups.

The round of fresh processes is the replicate of a set-up, as the generation is of a run: the interval is a
t interval over the rounds' logarithms (`analysis.statistics.intervals`).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from scipy import stats

from analysis.records.summary import ArmSummary, Comparison, Summary
from analysis.statistics.intervals import nested_ratio
from analysis.validity.limits import CONFIDENCE
from authbench.contracts.replication.claim import Figure
from authbench.contracts.replication.report import FillReading, Measured, SetUpReading
from authbench.words.counting import counted

_ROUNDS_LEAST = 3
"""Rounds that an interval needs: of two, the t interval is nine times as wide as of three."""
_MILLION = 1_000_000
_BYTES_OF_MB = 1_000_000


@dataclass(frozen=True)
class Measurements:
    """Everything that was measured for the claims."""

    runs: Mapping[str, Summary] = field(default_factory=dict)
    """By experiment, as claims name it."""
    readings: Sequence[SetUpReading] = ()
    fills: Sequence[FillReading] = ()


def read_figure(figure: Figure, claim: str, measured: Measurements) -> Measured:
    """The figure of a claim with its interval; a reason where there is none."""
    if figure.run:
        summary = measured.runs.get(figure.run)
        if summary is None:
            return Measured(reason=f"{figure.run} was not run")
        if summary.status == "INVALID":
            return Measured(reason=f"the run is INVALID: {'; '.join(summary.reasons)}")
        return _of_run(figure, summary)
    return _of_set_up(figure, claim, measured)


def _of_set_up(figure: Figure, claim: str, measured: Measurements) -> Measured:
    place = (claim, figure.set_up)
    if figure.kind == "million-megabytes":
        return _million(figure.a, [each for each in measured.fills if (each.claim, each.set_up) == place])
    a, b = figure.a, figure.b
    of_round: Callable[[Sequence[SetUpReading]], float | None] = {
        "rate-ratio": lambda one: _quotient(_rate(one, a), _rate(one, b)),
        "time-ratio": lambda one: _quotient(_time(one, a), _time(one, b)),
        "loaded-tail": lambda one: _tail(one, a),
        "crossover": lambda one: crossover(one, a, b),
        "crossover-growth": lambda one: _quotient(crossover(one, a, b), crossover(one, figure.nearer, b)),
    }[figure.kind]
    own = [each for each in measured.readings if (each.claim, each.set_up) == place]
    return _over_rounds(own, of_round)


def _of_run(figure: Figure, summary: Summary) -> Measured:
    arms = {arm.arm: arm for arm in summary.arms}
    for label in filter(None, (figure.a, figure.b)):
        if label not in arms:
            return Measured(reason=f"the run has no arm {label!r}")
    if figure.kind == "tail":
        return _tail_of_arm(arms[figure.a])
    if figure.kind == "bytes-ratio":
        value = _quotient(arms[figure.a].request_bytes, arms[figure.b].request_bytes)
        return Measured(reason="bytes were not counted") if value is None else _exact(value)
    found = next(
        (
            one
            for one in summary.comparisons
            if (one.a, one.b, one.metric) == (figure.a, figure.b, figure.metric)
        ),
        None,
    )
    if found is None:
        return Measured(reason=f"the run does not compare {figure.a!r} with {figure.b!r} in {figure.metric}")
    return _ratio(found) if figure.kind == "ratio" else _difference(found, figure.per)


def _ratio(found: Comparison) -> Measured:
    """The ratio of a comparison. Its interval is at least as wide as identical arms differ."""
    if found.ratio is None:
        return Measured(reason=found.refused_because or "the run has no such figure")
    floor = 1 + (found.noise_floor or 0.0)
    low = None if found.low is None else min(found.low, found.ratio / floor)
    high = None if found.high is None else max(found.high, found.ratio * floor)
    return Measured(value=found.ratio, low=low, high=high)


def _difference(found: Comparison, per: float) -> Measured:
    if found.difference is None:
        return Measured(reason=found.refused_because or "the run has no such figure")
    ends = (found.difference_low, found.difference_high)
    low, high = (None if end is None else end / per for end in ends)
    return Measured(value=found.difference / per, low=low, high=high)


def _tail_of_arm(arm: ArmSummary) -> Measured:
    """p95 / p50 of an arm, with the widest interval that the two intervals allow."""
    p50, p95 = arm.service_ms.get("p50"), arm.service_ms.get("p95")
    if p50 is None or p95 is None or not p50.value or not p95.value:
        return Measured(reason="the run has no p50 and p95 of this arm")
    return Measured(
        value=p95.value / p50.value, low=_quotient(p95.low, p50.high), high=_quotient(p95.high, p50.low)
    )


def _exact(value: float) -> Measured:
    return Measured(value=value, low=value, high=value)


def _quotient(a: float | None, b: float | None) -> float | None:
    return a / b if a and b else None


def _over_rounds(
    readings: Sequence[SetUpReading], of_round: Callable[[Sequence[SetUpReading]], float | None]
) -> Measured:
    """Geometric mean of the rounds with its interval; none where a round lacks the figure."""
    rounds = sorted({each.round for each in readings})
    if not rounds:
        return Measured(reason="the set-up was not measured")
    values = [of_round([each for each in readings if each.round == number]) for number in rounds]
    known = [value for value in values if value is not None and value > 0]
    if len(known) < len(values):
        return Measured(
            reason=f"{len(values) - len(known)} of {counted(len(values), 'round')} have no such figure"
        )
    if len(known) < _ROUNDS_LEAST:
        return Measured(reason=f"{counted(len(known), 'round')}: {_ROUNDS_LEAST} are needed for an interval")
    found = nested_ratio({number: [math.log(value)] for number, value in enumerate(known)}, CONFIDENCE.value)
    return Measured(value=found.ratio, low=found.low, high=found.high)


def _one(readings: Sequence[SetUpReading], arm: str) -> SetUpReading | None:
    """The one reading of an arm in a round; None where there is none, or where requests failed."""
    found = next((each for each in readings if each.arm == arm), None)
    return found if found is not None and not found.errors else None


def _rate(readings: Sequence[SetUpReading], arm: str) -> float | None:
    found = _one(readings, arm)
    return found.rate_rps if found else None


def _time(readings: Sequence[SetUpReading], arm: str) -> float | None:
    found = _one(readings, arm)
    return found.mean_ms if found else None


def _tail(readings: Sequence[SetUpReading], arm: str) -> float | None:
    found = _one(readings, arm)
    return _quotient(found.p95_ms, found.p50_ms) if found else None


def crossover(readings: Sequence[SetUpReading], a: str, b: str) -> float | None:
    """Connections from which `a` serves at least as much as `b`; None where it does not, or does at once.

    Between the last count below and the first above, on a straight line of ln(rate of a / rate of b) over
    ln(connections).
    """
    rates: dict[int, dict[str, float]] = {}
    for each in readings:
        if each.arm in (a, b) and not each.errors and each.rate_rps > 0:
            rates.setdefault(each.connections, {})[each.arm] = each.rate_rps
    points = [
        (math.log(count), math.log(both[a] / both[b]))
        for count, both in sorted(rates.items())
        if len(both) == len({a, b})
    ]
    for (before, below), (after, above) in pairwise(points):
        if below < 0 <= above:
            return math.exp(before + (after - before) * below / (below - above))
    return None


def _million(arm: str, fills: Sequence[FillReading]) -> Measured:
    """MB of a million credentials: the slope of the store's memory over how many were added."""
    fill = next((each for each in fills if each.arm == arm), None)
    if fill is None or len(fill.counts) < _ROUNDS_LEAST:
        return Measured(reason="the store was not filled")
    fit = stats.linregress(np.array(fill.counts), np.array(fill.bytes))
    half = float(stats.t.ppf((1 + CONFIDENCE.value) / 2, len(fill.counts) - 2)) * float(fit.stderr)
    value, low, high = (
        slope * _MILLION / _BYTES_OF_MB for slope in (fit.slope, fit.slope - half, fit.slope + half)
    )
    return Measured(value=float(value), low=float(low), high=float(high))
