"""Arms against each other: declared comparisons, ranking, libraries, and where the noise is."""

from collections.abc import Sequence

from analysis.data.run import log_ratios
from analysis.records.summary import (
    METRICS,
    THROUGHPUT,
    ArmSummary,
    Comparison,
    RankSummary,
    ReplicationSummary,
    SensitivitySummary,
    ThroughputRank,
)
from analysis.statistics.estimate import share_of
from analysis.statistics.intervals import variance_components
from analysis.summary.judged_run import JudgedRun

_RANKED_LEAST = 6
"""Arms from which on a ranking says more than the declared comparisons do."""
_MOSTLY = 0.5
"""Share of the variance. With five generations it is known roughly: it advises, and decides nothing."""


def summarize_comparisons(run: JudgedRun) -> list[Comparison]:
    """Compare every declared pair in every metric; the first pair in the primary metric is the question."""
    return [
        run.compare(a, b, metric).model_copy(update={"primary": index == 0 and metric == run.metric})
        for index, (a, b) in enumerate(run.experiment.compare)
        for metric in METRICS
    ]


def summarize_ranking(
    run: JudgedRun, arms: Sequence[ArmSummary], least: int = _RANKED_LEAST
) -> list[RankSummary]:
    """Arms from the cheapest on, sharing places where nothing was shown; none where fewer than `least`.

    An arm's place is one more than the number of arms shown to cost less, each pair judged as any declared
    comparison. The intervals hold one by one, not all together. An arm with a rate of its own has no place:
    it is not compared across rates.
    """
    ranked = [
        arm
        for arm in arms
        if arm.role == "arm" and arm.offered_rps is None and arm.cpu_total_us.value is not None
    ]
    if run.no_comparison or len(ranked) < least:
        return []
    ranked.sort(key=lambda arm: arm.cpu_total_us.value or 0.0)
    places = []
    for index, arm in enumerate(ranked):
        before = [other.arm for other in ranked[:index]]
        cheaper = [other for other in before if run.compare(arm.arm, other, run.metric).verdict == "slower"]
        places.append(RankSummary(place=1 + len(cheaper), arm=arm.arm, dearer_than=cheaper))
    return places


def summarize_throughput_ranking(
    run: JudgedRun, arms: Sequence[ArmSummary], least: int = _RANKED_LEAST
) -> list[ThroughputRank]:
    """Arms from the one that serves most on, placed as by cost; a lower bound has no place."""
    served = {
        arm.arm: arm.throughput.rps.value
        for arm in arms
        if arm.role == "arm" and arm.throughput and not arm.throughput.reason and arm.throughput.rps.value
    }
    if run.no_comparison or len(served) < least:
        return []
    ranked = sorted(served, key=lambda arm: -served[arm])
    places = []
    for index, arm in enumerate(ranked):
        more = [other for other in ranked[:index] if run.compare(arm, other, THROUGHPUT).verdict == "slower"]
        places.append(ThroughputRank(place=1 + len(more), arm=arm, serves_less_than=more))
    return places


def summarize_sensitivity(run: JudgedRun) -> list[SensitivitySummary]:
    """How much of each scheme's cost above the control is its library.

    A figure of 'JWT' is a figure of one library in one version; an arm of role `sensitivity` does the same
    work without it, and the gap between the two is the library's, not the idea's.
    """
    found = []
    for full, lean in run.experiment.sensitivity_pairs:
        library = run.gap(full, lean, run.metric)
        tax = run.gap(full, run.experiment.control, run.metric)
        one = SensitivitySummary(
            full=full,
            lean=lean,
            metric=run.metric,
            ratio=run.compare(full, lean, run.metric),
            tax_us=tax,
            library_us=library,
            share_of_tax=None if run.no_comparison else share_of(library, tax),
        )
        found.append(one)
    return found


def summarize_replication(run: JudgedRun) -> ReplicationSummary | None:
    """Where the noise of the primary comparison is. None where there is none, or too little to tell."""
    pairs = run.experiment.compare
    found = variance_components(log_ratios(run.data.slices, run.metric, *pairs[0])) if pairs else None
    if found is None:
        return None
    if found.between_share > _MOSTLY:
        advice = "shorter generations, and more of them, narrow the interval"
    else:
        advice = "more cycles narrow the interval, in these generations or in new ones"
    return ReplicationSummary(
        within_log=found.within**0.5,
        between_log=found.between**0.5,
        between_share=found.between_share,
        advice=advice,
    )
