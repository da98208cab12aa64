"""Where the highest rate lies that keeps an objective: from trials to a lower and an upper bound.

The rule is MLRsearch's (draft-ietf-bmwg-mlrsearch, "load classification"), computed from the raw trials, so
that a bracket can be checked without the search: a rate is a lower bound when at most the exceed share of
`duration_sum_s` seconds of full-length trials there are bad, and an upper bound when more are, whatever the
seconds that are missing would have shown. Shorter trials count only as far as the bad among them outweigh the
good. The upper bound is the lowest of its kind and the lower bound the highest below it.
"""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from authbench.contracts.saturation.report import Bracket
from authbench.contracts.saturation.trial import Effort, Objective, Trial


def classify(
    trials: Sequence[Trial], place: int, objective: Objective, effort: Effort
) -> Literal["lower", "upper"] | None:
    """What the trials at one rate make of it under the objective at `place`; None: not decided yet."""
    seconds = {(long, bad): 0.0 for long in (True, False) for bad in (True, False)}
    for trial in trials:
        long = trial.record.duration_s >= effort.final_trial_s
        seconds[long, trial.bad_share(place) > objective.bad_share] += trial.record.duration_s
    share = effort.exceed_share
    short_s = max(0.0, seconds[False, True] - seconds[False, False] * share / (1 - share))
    bad_s = seconds[True, True] + short_s
    whole_s = max(effort.duration_sum_s, seconds[True, False] + bad_s)
    if bad_s > share * whole_s:
        return "upper"
    return "lower" if whole_s - seconds[True, False] <= share * whole_s else None


def bounds(
    trials: Sequence[Trial], place: int, objective: Objective, effort: Effort
) -> tuple[float | None, float | None]:
    """(lower, upper) bound in requests a second, from valid search trials of one scheme and round."""
    at_rate: dict[float, list[Trial]] = defaultdict(list)
    for trial in trials:
        at_rate[trial.rate_rps].append(trial)
    lower = None
    for rate_rps in sorted(at_rate):
        kind = classify(at_rate[rate_rps], place, objective, effort)
        if kind == "upper":
            return lower, rate_rps
        if kind == "lower":
            lower = rate_rps
    return lower, None


def bracket(lower: float | None, upper: float | None, limit: str | None, why: str) -> Bracket:
    """Name a pair of bounds. `limit`: what ended the search other than its goal, `why` the same in words."""
    if limit == "generator" and lower is not None:
        return Bracket(status="lower-bound", lower_rps=lower, upper_rps=None, why=why)
    if limit is not None:
        return Bracket(status="undetermined", lower_rps=lower, upper_rps=upper, why=why)
    if lower is None:
        rate = "" if upper is None else f" at {upper:.3g} requests/s"
        return Bracket(status="missed", lower_rps=None, upper_rps=upper, why=f"missed even{rate}")
    if upper is None:
        return Bracket(
            status="lower-bound",
            lower_rps=lower,
            upper_rps=None,
            why="kept at the highest rate that was tried",
        )
    return Bracket(status="bracket", lower_rps=lower, upper_rps=upper)


def combine(rounds: Sequence[Bracket]) -> Bracket:
    """The median of the rounds' lower bounds, and of their upper bounds; the worst status of all.

    Where some rounds found no upper bound there is none.
    """
    worst = max(
        rounds, key=lambda one: ("bracket", "lower-bound", "missed", "undetermined").index(one.status)
    )
    lower = [one.lower_rps for one in rounds if one.lower_rps is not None]
    upper = [one.upper_rps for one in rounds if one.upper_rps is not None]
    return Bracket(
        status=worst.status,
        lower_rps=statistics.median(lower) if lower else None,
        upper_rps=statistics.median(upper) if len(upper) == len(rounds) else None,
        why=worst.why,
    )


def overlap(low: float, high: float, other_low: float, other_high: float) -> bool:
    """Whether two brackets have a rate in common."""
    return low <= other_high and other_low <= high
