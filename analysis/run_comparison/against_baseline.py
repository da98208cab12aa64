"""Compare a measured run with an earlier one, its baseline."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from analysis.records.run_comparison import ArmChange, ArmVerdict, PairChange, RunComparison, RunRatio
from analysis.records.summary import THROUGHPUT, Comparison, Metric
from analysis.rules.v39_same_conditions import SameConditions
from analysis.run_comparison.sentences import outcome
from analysis.run_comparison.sides import METRICS, beside_control, side
from analysis.statistics.estimate import finite
from analysis.statistics.welch import Side, unpaired_ratio
from analysis.summary.judged_run import JudgedRun
from analysis.summary.summarize import SummarizedRun
from analysis.validity.limits import CONFIDENCE
from authbench.contracts.failure import Failure


def unusable(a: SummarizedRun, b: SummarizedRun) -> list[str]:
    """List why a run's figures may not be used, a sentence for each run; empty: both are VALID.

    Failure for what even --force cannot compare: a run with itself, a run too small to compare anything, two
    runs without an arm in common.
    """
    if a.summary.run_id == b.summary.run_id:
        raise Failure(f"{a.summary.run_id} is both A and B: give two runs")
    for run in (a, b):
        if not run.summary.judged_by.compares:
            raise Failure(
                f"{run.summary.run_id} ({run.summary.experiment}) checks that everything works: its figures "
                "are too few to compare; take runs of quick, full or an experiment of your own"
            )
    in_a, in_b = a.judged.data.arms, b.judged.data.arms
    if not set(in_a) & set(in_b):
        raise Failure(f"no arm is in both runs: A has {', '.join(in_a)}; B has {', '.join(in_b)}")
    return [
        f"{name} is INVALID: {run.summary.reasons[0]}"
        for name, run in (("A", a), ("B", b))
        if run.summary.status == "INVALID"
    ]


def against_baseline(a: SummarizedRun, b: SummarizedRun, threshold: float) -> RunComparison:
    """Compare run B with run A in everything both give; say, but do not decide, whether they may be compared.

    A regression is an arm whose primary cost is more in B, or its throughput less: the interval excludes 1,
    and ratio - 1 exceeds the noise floors of both runs and `threshold`. Failure if no arm has the primary
    cost in both runs.
    """
    differences = SameConditions().check(a.judged.data.manifest, b.judged.data.manifest)
    primary = {a.summary.primary_metric, b.summary.primary_metric}
    metric: Metric = "cpu_app_us" if "cpu_app_us" in primary else "cpu_total_us"
    floors = _noise_floor(a, metric), _noise_floor(b, metric)
    limit = _limit(threshold, floors)
    throughput_limit = _limit(threshold, (_noise_floor(a, THROUGHPUT), _noise_floor(b, THROUGHPUT)))
    in_a, in_b = a.judged.data.arms, b.judged.data.arms
    arms = [_arm(a, b, arm, metric, limit, throughput_limit) for arm in in_a if arm in in_b]
    if all(change.verdict == "no figure" for change in arms):
        raise Failure(f"no arm has a cost in both runs: {arms[0].arm}: {arms[0].figures[metric].reason}")
    pairs = _pairs(a.summary.comparisons, b.summary.comparisons)
    compared = RunComparison(
        run_a=a.summary.run_id,
        run_b=b.summary.run_id,
        forced=[*unusable(a, b), *(f"{one.subject}: {one.sentence}" for one in differences)],
        differences=differences,
        metric=metric,
        offered_rps=(_rate(a), _rate(b)),
        threshold=threshold,
        noise_floors=floors,
        limit=limit,
        throughput_limit=throughput_limit,
        control=a.judged.experiment.control,
        arms=arms,
        only_in_a=[arm for arm in in_a if arm not in in_b],
        only_in_b=[arm for arm in in_b if arm not in in_a],
        pairs=pairs,
        pairs_overlapping=sum(pair.overlap for pair in pairs) / len(pairs) if pairs else None,
        overlapping=_overlapping(pairs),
        pairs_flipped=sum(pair.flipped for pair in pairs),
        regressions=[change.arm for change in arms if change.verdict == "regression"],
        throughput_regressions=[one.arm for one in arms if one.throughput_verdict == "regression"],
        sentence="",
    )
    return compared.model_copy(update={"sentence": outcome(compared)})


def _limit(threshold: float, floors: tuple[float | None, float | None]) -> float | None:
    """The largest of the three; None where a noise floor is not known."""
    known = [floor for floor in floors if floor is not None]
    return max(threshold, *known) if len(known) == len(floors) else None


def verdict(found: RunRatio, limit: float | None) -> ArmVerdict:
    """Judge a ratio by the limit (a ratio - 1, the same in both directions)."""
    if found.ratio is None or found.low is None:
        return "no figure"
    if limit is None:
        return "unclear"
    high = math.inf if found.high is None else found.high
    if found.low > 1 and found.ratio - 1 > limit:
        return "regression"
    if high < 1 and 1 / found.ratio - 1 > limit:
        return "improvement"
    if high - 1 <= limit and found.low > 0 and 1 / found.low - 1 <= limit:
        return "same"
    return "unclear"


def verdict_on_throughput(found: RunRatio, limit: float | None) -> ArmVerdict:
    """Judge a ratio of requests/s: less is worse, so what is judged is A / B."""
    if found.ratio is None or not found.low:
        return "no figure"
    low = 0.0 if found.high is None else 1 / found.high
    return verdict(RunRatio(ratio=1 / found.ratio, low=low, high=1 / found.low), limit)


def _overlapping(pairs: Sequence[PairChange]) -> dict[str, float]:
    """Map each metric to the share of its pairs whose intervals have a value in common."""
    by_metric: dict[str, list[bool]] = {}
    for pair in pairs:
        by_metric.setdefault(pair.metric, []).append(pair.overlap)
    return {metric: sum(overlap) / len(overlap) for metric, overlap in by_metric.items()}


def _arm(
    a: SummarizedRun,
    b: SummarizedRun,
    arm: str,
    metric: Metric,
    limit: float | None,
    throughput_limit: float | None,
) -> ArmChange:
    figures = {name: _run_ratio(a, b, side, arm, name) for name in METRICS}
    judged = verdict(figures[metric], limit)
    to_control, own = None, None
    if arm not in (a.judged.experiment.control, b.judged.experiment.control):
        to_control = _run_ratio(a, b, beside_control, arm, metric)
        if judged in ("regression", "improvement") and to_control.ratio is not None:
            own = {judged: True, "same": False}.get(verdict(to_control, limit))
    return ArmChange(
        arm=arm,
        verdict=judged,
        throughput_verdict=verdict_on_throughput(figures[THROUGHPUT], throughput_limit),
        figures=figures,
        to_control=to_control,
        own_change=own,
    )


def _run_ratio(
    a: SummarizedRun,
    b: SummarizedRun,
    take: Callable[[JudgedRun, str, str], Side | str],
    arm: str,
    metric: str,
) -> RunRatio:
    in_a, in_b = take(a.judged, arm, metric), take(b.judged, arm, metric)
    if isinstance(in_a, str):
        return RunRatio(reason=f"run A: {in_a}")
    if isinstance(in_b, str):
        return RunRatio(reason=f"run B: {in_b}")
    found = unpaired_ratio(in_a, in_b, CONFIDENCE.value)
    return RunRatio(
        a=float(np.exp(in_a.generations.mean())),
        b=float(np.exp(in_b.generations.mean())),
        ratio=found.ratio,
        low=found.low,
        high=finite(found.high),
        generations_a=len(in_a.generations),
        generations_b=len(in_b.generations),
    )


def _pairs(in_a: Sequence[Comparison], in_b: Sequence[Comparison]) -> list[PairChange]:
    """List the comparisons that have a figure in both runs."""
    theirs = {(c.a, c.b, c.metric): c for c in in_b}
    pairs = []
    for one in in_a:
        other = theirs.get((one.a, one.b, one.metric))
        if other is None or one.ratio is None or other.ratio is None or one.low is None or other.low is None:
            continue
        high_a, high_b = (math.inf if high is None else high for high in (one.high, other.high))
        pairs.append(
            PairChange(
                a=one.a,
                b=one.b,
                metric=one.metric,
                ratio_a=one.ratio,
                low_a=one.low,
                high_a=one.high,
                ratio_b=other.ratio,
                low_b=other.low,
                high_b=other.high,
                verdict_a=one.verdict,
                verdict_b=other.verdict,
                overlap=one.low <= high_b and other.low <= high_a,
                flipped={one.verdict, other.verdict} == {"slower", "faster"},
            )
        )
    return pairs


def _noise_floor(run: SummarizedRun, metric: Metric) -> float | None:
    floor = run.summary.noise_floor.get(metric)
    return floor.ratio_minus_one if floor else None


def _rate(run: SummarizedRun) -> float | None:
    return run.summary.rate.offered_rps if run.summary.rate else None
