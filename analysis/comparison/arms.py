"""From two arms of a run to a verdict. Replicates are cycles (CPU) or generations (latency)."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from analysis.comparison.latency import LATENCY_SHARES, Paired, paired_latency
from analysis.comparison.throughput import paired_throughput
from analysis.data.run import CycleKey, RunData, differences, log_ratios
from analysis.records.summary import CPU_METRICS, THROUGHPUT, Comparison, Metric, Reading, Verdict
from analysis.statistics.estimate import finite
from analysis.statistics.intervals import (
    equivalent,
    minimal_detectable_effect,
    nested_interval,
    nested_ratio,
    ranks_exclude_one,
)
from analysis.statistics.noise_floor import NoiseFloor
from analysis.validity.finding import Figures, Finding
from analysis.validity.limits import CONFIDENCE

_GENERATIONS_LEAST = 2
"""With restarts that differ by 3 %, one generation calls a quarter of identical pairs different."""


def decide(
    by_generation: Mapping[int, npt.NDArray[np.float64]],
    floor: NoiseFloor,
    margin: float,
    *,
    ranks: bool,
    difference: float = math.inf,
    more_is_better: bool = False,
) -> Verdict:
    """The verdict on A / B from ln(A / B) of each replicate; `difference` is A - B in the metric's unit.

    slower, faster: the interval excludes 1, and the effect exceeds the noise floor and what the machine's
    calibration can see. equivalent: a ratio beyond the margin is ruled out either way. below-noise-floor: the
    interval excludes 1, but identical arms differ as much. inconclusive: everything else; it is not 'no
    difference'. With `ranks`, signed ranks over the cycles must agree that 1 is excluded, or the verdict is
    inconclusive. So it is with a single generation: what a restart changes is not in its interval.
    `more_is_better`: of requests/s, A is the slower one where it has fewer.
    """
    if sum(len(cycles) > 0 for cycles in by_generation.values()) < _GENERATIONS_LEAST:
        return "inconclusive"
    log = nested_interval(by_generation, CONFIDENCE.value)
    excludes_one = not log.contains(0.0)
    if excludes_one and floor.exceeded_by(log, difference):
        if ranks and not ranks_exclude_one(by_generation, CONFIDENCE.value):
            return "inconclusive"
        return "slower" if (log.estimate > 0) is not more_is_better else "faster"
    if equivalent(by_generation, margin):
        return "equivalent"
    return "below-noise-floor" if excludes_one else "inconclusive"


def _paired_cpu(
    run: RunData, metric: Metric, a: str, b: str, cycles: Collection[CycleKey] | None
) -> Paired | str:
    if metric == "cpu_store_us":
        without = [arm for arm in (a, b) if arm not in run.with_store]
        if without:
            return f"{without[0]} has no store"
    slices = run.slices_of(cycles)
    ratios = log_ratios(slices, metric, a, b)
    if not ratios:
        return "no cycle has this figure for both arms; the store's CPU is unknown if the store is not ours"
    return ratios, differences(slices, metric, a, b)


def paired(
    run: RunData, metric: Metric, a: str, b: str, cycles: Collection[CycleKey] | None = None
) -> Paired | str:
    """The replicates of one comparison, or in words why there are none. `cycles`: these alone.

    An arm with a rate of its own is paired with the control at that rate. Throughput has no offered rate.
    """
    if metric != "throughput_rps":
        block = run.side_by_side(a, b)
        if isinstance(block, str):
            return block
        run = block
    if metric in CPU_METRICS:
        return _paired_cpu(run, metric, a, b, cycles)
    if metric in LATENCY_SHARES:
        return paired_latency(run, metric, a, b, cycles)
    return paired_throughput(run, a, b)


def kind_of(metric: Metric) -> Figures:
    """The kind of figures that a metric is one of."""
    if metric in CPU_METRICS:
        return "cost"
    return "latency" if metric in LATENCY_SHARES else "throughput"


def _touches(finding: Finding, figures: Figures, arms: Collection[str]) -> bool:
    """Whether a finding is about such figures of one of these arms. What is wrong with service times is
    wrong with response times as well.
    """
    kinds = {figures, "all", "latency"} if figures == "response" else {figures, "all"}
    return finding.refuses in kinds - {"none"} and (finding.subject in arms or finding.subject == "the run")


def refused(findings: Iterable[Finding], figures: Figures, arms: Collection[str]) -> str | None:
    """Why a rule refuses to compare such figures of one of these arms: the first finding, in words."""
    return next(
        (
            finding.reason
            for finding in findings
            if finding.severity == "refuse-figure" and _touches(finding, figures, arms)
        ),
        None,
    )


def marks(findings: Sequence[Finding], arm: str) -> dict[Figures, list[str]]:
    """Codes of the rules that object to an arm's figures, by kind of figure; only kinds that have one."""
    kinds: tuple[Figures, ...] = ("response", "latency", "cost", "throughput", "store")
    found = {
        kind: sorted(
            {
                code
                for finding in findings
                if finding.severity in ("refuse-figure", "mark") and _touches(finding, kind, [arm])
                for code in finding.rule.split("/")
            }
        )
        for kind in kinds
    }
    return {kind: codes for kind, codes in found.items() if codes}


def _reading(pairs: Paired | str, cycles: Collection[CycleKey]) -> Reading | None:
    """The ratio from these cycles; None where they do not carry it."""
    if isinstance(pairs, str):
        return None
    ratio = nested_ratio(pairs[0], CONFIDENCE.value)
    low = ratio.low if math.isfinite(ratio.high) else None
    return Reading(ratio=ratio.ratio, low=low, high=finite(ratio.high), cycles=len(cycles))


def compare(
    run: RunData,
    metric: Metric,
    a: str,
    b: str,
    floor: NoiseFloor | None,
    refusal: str | None = None,
    clean: Collection[CycleKey] | None = None,
) -> Comparison:
    """Compare two arms. Refused (by a rule, a missing noise floor, or too few data) it carries no figure.

    The verdict is of all cycles; `clean`: those without a disturbance, read beside them; None: all are.
    """
    empty = Comparison(a=a, b=b, metric=metric, primary=False, verdict="inconclusive")
    pairs = refusal or paired(run, metric, a, b)
    if isinstance(pairs, str):
        return empty.model_copy(update={"refused_because": pairs})
    if floor is None or floor.visible == math.inf:
        no_floor = "there is no noise floor: the identical arms have no such figure"
        blind = "the calibration of this machine saw no planted effect of this kind: run make calibrate again"
        return empty.model_copy(update={"refused_because": blind if floor else no_floor})
    logs, gaps = pairs
    ratio, gap = nested_ratio(logs, CONFIDENCE.value), nested_interval(gaps, CONFIDENCE.value)
    margin, more_is_better = run.manifest.experiment.margin, metric == THROUGHPUT
    ranks = metric in CPU_METRICS or more_is_better  # their replicates are cycles, many enough to rank
    verdict = decide(logs, floor, margin, ranks=ranks, difference=gap.estimate, more_is_better=more_is_better)
    return empty.model_copy(
        update={
            "ratio": ratio.ratio,
            "low": ratio.low,
            "high": finite(ratio.high),
            "difference": gap.estimate,
            "difference_low": finite(gap.low),
            "difference_high": finite(gap.high),
            "clean": _reading(paired(run, metric, a, b, clean), clean) if clean else None,
            "cycles": ratio.cycles,
            "generations": ratio.generations,
            "noise_floor": finite(floor.value),
            "visible": floor.visible,
            "minimal_detectable_effect": minimal_detectable_effect(ratio.log, CONFIDENCE.value),
            "verdict": verdict,
        }
    )
