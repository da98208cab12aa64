"""Which arms cost less than which: a ranking that shares places where nothing was shown.

An arm's place is one more than the number of arms that were shown to cost less. Each pair is judged as any
declared comparison is: interval, noise floor, calibration. The intervals hold one by one, not all together.
"""

from collections.abc import Mapping, Sequence

from analysis.comparison.arms import Metric, compare, refused
from analysis.data.run import RunData
from analysis.records.summary import ArmSummary, RankSummary
from analysis.statistics.noise_floor import NoiseFloor
from analysis.validity.finding import Finding

ARMS_LEAST = 6
"""Fewer need no ranking: their declared comparisons say it all."""


def summarize_ranking(
    run: RunData,
    metric: Metric,
    floors: Mapping[Metric, NoiseFloor],
    findings: Sequence[Finding],
    arms: Sequence[ArmSummary],
    least: int = ARMS_LEAST,
) -> list[RankSummary]:
    """The arms that may be compared, from the cheapest on; empty where there are fewer than `least`."""
    ranked = [
        arm
        for arm in arms
        if arm.role == "arm"
        and arm.cpu_total_us.value is not None
        and not refused(findings, "none", (arm.arm,))
    ]
    if len(ranked) < least:
        return []
    ranked.sort(key=lambda arm: arm.cpu_total_us.value or 0.0)
    floor = floors.get(metric)
    places = []
    for index, arm in enumerate(ranked):
        cheaper = [
            other.arm
            for other in ranked[:index]
            if compare(run, metric, arm.arm, other.arm, floor=floor, refusal=None).verdict == "slower"
        ]
        places.append(RankSummary(place=1 + len(cheaper), arm=arm.arm, dearer_than=cheaper))
    return places
