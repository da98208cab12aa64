"""Put together what one drill showed of every scheme."""

from collections.abc import Mapping, Sequence

from analysis.drills.judge import judge
from analysis.rules.v36_injection import InjectionSeen
from authbench.contracts.failure import ExitCode
from authbench.contracts.security.drill import DrillOutcome, Objection, Proof, SchemeOutcome
from authbench.contracts.security.drill_history import Effect, History

_OF_THE_SCHEME = frozenset({"card", "fail open"})


def outcome_of(
    drill: str,
    summary: str,
    effect: Effect,
    *,
    seed: int,
    rate_rps: float,
    failure_s: float,
    load_late_p99_ms: float,
    proofs: Sequence[Proof],
    histories: Sequence[History],
    not_run: Mapping[str, str],
) -> DrillOutcome:
    """Judge every history. `not_run` says why the drill says nothing of some schemes."""
    shown = [finding.sentence for finding in InjectionSeen().check_proofs(drill, proofs)] if histories else []
    return DrillOutcome(
        drill=drill,
        summary=summary,
        effect=effect,
        seed=seed,
        failure_s=failure_s,
        rate_rps=rate_rps,
        not_shown=tuple(shown),
        load_late_p99_ms=load_late_p99_ms,
        proofs=tuple(proofs),
        schemes=(
            *map(judge, histories),
            *(SchemeOutcome(scheme=scheme, not_run=why) for scheme, why in not_run.items()),
        ),
    )


def objections(outcome: DrillOutcome) -> list[tuple[str, Objection]]:
    """Everything that must not be, each with its scheme; nothing of a drill that shows nothing."""
    if outcome.not_shown:
        return []
    return [(each.scheme, objection) for each in outcome.schemes for objection in each.objections]


def exit_code(outcomes: Sequence[DrillOutcome]) -> ExitCode:
    """5 if a scheme does not do what its card says; 6 for other objections, or a drill without proof."""
    raised = [objection for outcome in outcomes for _, objection in objections(outcome)]
    if any(objection.about in _OF_THE_SCHEME for objection in raised):
        return ExitCode.VERIFICATION
    if raised or any(outcome.not_shown for outcome in outcomes):
        return ExitCode.FOUND
    return ExitCode.DONE
