"""From trials to the report: brackets, curves, bottlenecks, soaks, and how schemes compare."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.saturation.bottleneck import bottleneck, busy_in
from analysis.saturation.bracket import bounds, bracket, combine
from analysis.saturation.curve import curve_of, knee_of
from analysis.statistics.intervals import nested_ratio
from authbench.contracts.records import Placement
from authbench.contracts.saturation.report import Bottleneck, Bracket, Found, RateRatio, SchemeFound, Soak
from authbench.contracts.saturation.trial import SOAK_SHARE, Effort, Objective, Trial

_ROUNDING = 1.01
"""Of a width: the search rounds its rates."""


@dataclass(frozen=True)
class Measured:
    """What was measured, and how each search ended."""

    objectives: Sequence[Objective]
    effort: Effort
    placement: Placement
    trials: Sequence[Trial]
    limits: Mapping[tuple[str, int, int], tuple[str, str]]
    """(scheme, round, place of the objective) -> (what ended the search other than its goal, in words)."""
    generators: int = 1
    workers: int = 1
    """Server processes of each scheme."""

    def search_trials(self, scheme: str, number: int | None = None) -> list[Trial]:
        """The valid search trials of a scheme, in one round or in all."""
        return [
            trial
            for trial in self.trials
            if trial.scheme == scheme
            and trial.purpose == "search"
            and not trial.faults
            and number in (None, trial.record.generation)
        ]


def scheme_found(measured: Measured, scheme: str) -> SchemeFound:
    """Everything about one scheme."""
    own = [trial for trial in measured.trials if trial.scheme == scheme]
    valid = measured.search_trials(scheme)
    rounds = [_rounds(measured, scheme, place) for place in range(len(measured.objectives))]
    uppers = [one.upper_rps for brackets in rounds for one in brackets if one.upper_rps is not None]
    above = [trial.record for trial in valid if uppers and trial.rate_rps >= max(uppers)]
    full = bottleneck(above, measured.placement, measured.generators, measured.workers)
    found = [_found(measured, scheme, place, rounds[place], full) for place in range(len(rounds))]
    bound = max((one.bracket.lower_rps or 0.0 for one in found), default=0.0)
    curve = curve_of(own, bound, measured.placement, measured.workers)
    return SchemeFound(
        scheme=scheme,
        found=found,
        curve=curve,
        knee=knee_of(curve),
        bottleneck=full,
        trials=len(own),
        invalid_trials=sum(bool(trial.faults) for trial in own),
    )


def _rounds(measured: Measured, scheme: str, place: int) -> list[Bracket]:
    found = []
    for number in range(measured.effort.rounds):
        trials = measured.search_trials(scheme, number)
        lower, upper = bounds(trials, place, measured.objectives[place], measured.effort)
        limit, why = measured.limits.get((scheme, number, place), (None, ""))
        if limit != "generator" and _is_narrow(lower, upper, measured.effort):
            limit, why = None, ""  # trials of another objective have shown what this search did not
        found.append(bracket(lower, upper, limit, why))
    return found


def _is_narrow(lower: float | None, upper: float | None, effort: Effort) -> bool:
    """Whether both bounds are known, and as near to each other as a search brings them."""
    return lower is not None and upper is not None and 1 - lower / upper <= effort.relative_width * _ROUNDING


def _found(measured: Measured, scheme: str, place: int, rounds: Sequence[Bracket], full: Bottleneck) -> Found:
    whole = combine(rounds)
    if whole.status == "bracket" and full.is_the_bench:
        whole = whole.model_copy(
            update={
                "status": "lower-bound",
                "upper_rps": None,
                "why": f"{full.sentence} -> {full.next_action}",
            }
        )
    at_bound = [
        trial.record
        for number, one in enumerate(rounds)
        for trial in measured.search_trials(scheme, number)
        if trial.rate_rps == one.lower_rps
    ]
    served = sum(record.served for record in at_bound)
    return Found(
        objective=measured.objectives[place],
        bracket=whole,
        rounds=list(rounds),
        busy=busy_in(at_bound, measured.placement, measured.workers),
        cpu_us=sum(record.app_cpu_ns or 0 for record in at_bound) / served / 1000 if served else None,
        soak=_soak(measured, scheme, place, whole.lower_rps),
    )


def _soak(measured: Measured, scheme: str, place: int, bound_rps: float | None) -> Soak | None:
    """The soaks at 0.9 of the bound; the last attempt where none was valid. None: there was none."""
    own = [
        trial
        for trial in measured.trials
        if trial.scheme == scheme
        and trial.purpose == "soak"
        and bound_rps is not None
        and math.isclose(trial.rate_rps, SOAK_SHARE * bound_rps, rel_tol=1e-6)
    ]
    if not own:
        return None
    valid = [trial for trial in own if not trial.faults]
    last = (valid or own)[-1]
    missed = sum(trial.misses(place, measured.objectives[place]) for trial in valid)
    return Soak(
        rate_rps=last.rate_rps,
        duration_s=last.record.duration_s,
        bad_share=last.bad_share(place),
        p99_ms=last.p99_ms,
        kept=2 * missed <= len(valid) if valid else None,
        missed=missed,
    )


def ratios(schemes: Sequence[SchemeFound]) -> list[RateRatio]:
    """The first scheme by each other, under each objective for which both have bounds."""
    found = []
    for other in schemes[1:]:
        for a, b in zip(schemes[0].found, other.found, strict=True):
            one, two = a.bracket, b.bracket
            if None in (one.lower_rps, one.upper_rps, two.lower_rps, two.upper_rps):
                continue
            assert one.lower_rps and one.upper_rps and two.lower_rps and two.upper_rps  # noqa: S101, PT018
            logs = {
                number: [math.log(x.lower_rps / y.lower_rps)]
                for number, (x, y) in enumerate(zip(a.rounds, b.rounds, strict=True))
                if x.lower_rps and y.lower_rps
            }
            paired = nested_ratio(logs) if len(logs) > 1 else None
            found.append(
                RateRatio(
                    a=schemes[0].scheme,
                    b=other.scheme,
                    objective=a.objective,
                    low=one.lower_rps / two.upper_rps,
                    high=one.upper_rps / two.lower_rps,
                    paired=paired and paired.ratio,
                    paired_low=paired and paired.low,
                    paired_high=paired and paired.high,
                )
            )
    return found
