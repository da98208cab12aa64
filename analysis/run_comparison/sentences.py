"""Put in words what changed between two runs."""

from collections.abc import Sequence

from analysis.records.run_comparison import ArmChange, RunComparison, RunRatio
from analysis.records.summary import THROUGHPUT
from analysis.report.sentences import METRIC_WORDS, ratio_interval
from authbench.words.counting import counted

VERDICT_WORDS = {
    "regression": "REGRESSION",
    "improvement": "costs less",
    "same": "same",
    "unclear": "cannot tell",
    "no figure": "no figure",
}
SERVED_WORDS = {**VERDICT_WORDS, "improvement": "serves more"}
"""How a comparison of throughput puts a verdict: more is better there."""


def outcome(compared: RunComparison) -> str:
    """Say how the comparison ends: 'no regression: ...' or 'regression: ...'."""
    what = METRIC_WORDS[compared.metric]
    arms: dict[str, list[ArmChange]] = {verdict: [] for verdict in VERDICT_WORDS}
    for change in compared.arms:
        arms[change.verdict].append(change)
    words = _no_regression(compared, arms["unclear"])
    if worse := arms["regression"]:
        words = f"regression: {'; '.join(_changed(change, compared) for change in worse)}"
    if better := arms["improvement"]:
        less = (f"{change.arm} {_share(change.figures[compared.metric]):+z.0%}" for change in better)
        words += f"; less in B: {', '.join(less)}"
    if without := arms["no figure"]:
        words += f"; not judged, for want of {what}: {', '.join(change.arm for change in without)}"
    if compared.throughput_regressions:
        words += f"; {_serves_less(compared)}"
    forced = "FORCED, and so no evidence: " if compared.forced else ""
    return f"{forced}{words}."


def _serves_less(compared: RunComparison) -> str:
    """'regression in throughput: jwt-hs256 serves 12% fewer requests/s (0.88 [0.85, 0.91])'."""
    arms = (
        f"{change.arm} serves {1 - (found.ratio or 1):.0%} fewer requests/s ({ratio_interval(found)})"
        for change in compared.arms
        for found in [change.figures[THROUGHPUT]]
        if change.throughput_verdict == "regression"
    )
    return f"regression in throughput: {'; '.join(arms)}"


def _no_regression(compared: RunComparison, unclear: Sequence[ArmChange]) -> str:
    what = METRIC_WORDS[compared.metric]
    if compared.limit is None:
        return f"no regression can be told from noise: a run has no noise floor in {what}"
    if not unclear:
        return f"no regression: no arm costs {compared.limit:.1%} or more above run A in {what}"
    highest = {change.arm: change.figures[compared.metric].high for change in unclear}
    shown = (
        f"{arm} {'by any amount' if high is None else f'up to {high - 1:+z.0%}'}"
        for arm, high in highest.items()
    )
    return (
        f"no regression: none beyond {compared.limit:.1%} is shown in {what}, "
        f"but these runs cannot rule one out ({', '.join(shown)})"
    )


def _changed(change: ArmChange, compared: RunComparison) -> str:
    """'jwt-hs256 costs 12% more CPU per request (1.12 [1.08, 1.16]), beside its control too'."""
    found = change.figures[compared.metric]
    where = {
        True: "beside its control too: its own",
        False: "beside its control none: the machine, or what all arms share",
        None: "beside its control it cannot be told",
    }[change.own_change]
    if change.to_control is None:
        where = "and it is the control: the machine, or what all arms share"
    return (
        f"{change.arm} costs {_share(found):.0%} more {METRIC_WORDS[compared.metric]} "
        f"({ratio_interval(found)}; {where})"
    )


def _share(found: RunRatio) -> float:
    return (found.ratio or 1) - 1


def limit_sentence(compared: RunComparison) -> str:
    """Say where the limit comes from."""
    floors = " and ".join("unknown" if floor is None else f"{floor:.1%}" for floor in compared.noise_floors)
    if compared.limit is None:
        return f"No limit: the noise floors are {floors}, and without both nothing can be told from noise."
    return (
        f"A change counts beyond {compared.limit:.1%}: noise floors {floors}, threshold "
        f"{compared.threshold:.1%}. What moves a machine between two runs is in no interval: "
        f"see how {compared.control} moved, and the column beside the control."
    )


def pairs_sentence(compared: RunComparison) -> str:
    """Say how well the comparisons inside the two runs agree."""
    if compared.pairs_overlapping is None:
        return "No comparison has a figure in both runs."
    overlapping = sum(pair.overlap for pair in compared.pairs)
    answers = (compared.metric, "service_p50_ms", THROUGHPUT)
    shares = (
        f"{METRIC_WORDS[metric]} {compared.overlapping[metric]:.0%}"
        for metric in answers
        if metric in compared.overlapping
    )
    return (
        f"Comparisons inside the runs: {overlapping} of {counted(len(compared.pairs), 'interval')} overlap "
        f"({compared.pairs_overlapping:.0%}; {', '.join(shares)}), "
        f"{counted(compared.pairs_flipped, 'verdict')} flipped."
    )
