"""From two arms of a run to a verdict. Replicates are cycles (CPU) or generations (latency)."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from analysis.comparison.throughput import paired_throughput
from analysis.data.run import CPU_METRICS, THROUGHPUT, RunData, differences, log_ratios
from analysis.records.summary import Comparison, Metric, Verdict
from analysis.statistics.estimate import finite
from analysis.statistics.intervals import (
    equivalent,
    minimal_detectable_effect,
    nested_interval,
    nested_ratio,
    ranks_exclude_one,
)
from analysis.statistics.noise_floor import NoiseFloor, noise_floor
from analysis.statistics.percentiles import percentile
from analysis.validity.finding import Figures, Finding
from analysis.validity.limits import CONFIDENCE, P99_GENERATIONS

LATENCY_SHARES: dict[Metric, float] = {
    "service_p50_ms": 0.5,
    "service_p95_ms": 0.95,
    "service_p99_ms": 0.99,
}

_GENERATIONS_LEAST = 2
"""With restarts that differ by 3 %, one generation calls a quarter of identical pairs different."""

Paired = tuple[dict[int, npt.NDArray[np.float64]], dict[int, npt.NDArray[np.float64]]]
"""generation -> ln(A / B), and generation -> A - B."""


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


def _paired_cpu(run: RunData, metric: Metric, a: str, b: str) -> Paired | str:
    if metric == "cpu_store_us":
        without = [arm for arm in (a, b) if arm not in run.with_store]
        if without:
            return f"{without[0]} has no store"
    ratios = log_ratios(run.slices, metric, a, b)
    if not ratios:
        return "no cycle has this figure for both arms; the store's CPU is unknown if the store is not ours"
    return ratios, differences(run.slices, metric, a, b)


def _paired_latency(run: RunData, metric: Metric, a: str, b: str) -> Paired | str:
    """A percentile per arm and generation, its slices pooled; the generation is the replicate.

    A generation with too few requests for it is left out; a p99 needs five that have enough.
    """
    logs, gaps = {}, {}
    reason = "no generation was measured"
    for generation in run.generations:
        values = []
        for arm in (a, b):
            found = percentile(run.service_ms(arm, generation), LATENCY_SHARES[metric])
            if found.value is None or found.value <= 0:
                reason = f"{arm} in generation {generation}: {found.reason or 'a time of zero'}"
                break
            values.append(found.value)
        else:
            logs[generation] = np.array([math.log(values[0] / values[1])])
            gaps[generation] = np.array([values[0] - values[1]])
    needed = int(P99_GENERATIONS.value) if metric == "service_p99_ms" else 1
    if len(logs) >= needed:
        return logs, gaps
    few = f"described, not judged: {len(logs)} of the {needed} generations needed carry a p99"
    if needed == 1:
        return reason
    return f"{few} ({reason})" if len(logs) < len(run.generations) else few


def paired(run: RunData, metric: Metric, a: str, b: str) -> Paired | str:
    """The replicates of one comparison, or in words why there are none."""
    if metric in CPU_METRICS:
        return _paired_cpu(run, metric, a, b)
    if metric in LATENCY_SHARES:
        return _paired_latency(run, metric, a, b)
    return paired_throughput(run, a, b)


def twin_floor(run: RunData, metric: Metric, earlier: Sequence[float] = ()) -> NoiseFloor | None:
    """The noise floor of a metric; None where the twins have no figure."""
    pairs = paired(run, metric, *run.manifest.experiment.twin)
    return None if isinstance(pairs, str) else noise_floor(nested_interval(pairs[0]), earlier)


def refused(findings: Sequence[Finding], figures: Figures, arms: Sequence[str]) -> str | None:
    """Why a rule refuses such figures of one of these arms: the first finding, in words; None: no rule does.

    `figures`: response, latency (service times), throughput, or none for those that only a refusal of all
    includes.
    """
    taken_by = {
        "none": ("all",),
        "latency": ("latency", "all"),
        "response": ("response", "latency", "all"),
        "throughput": ("throughput", "all"),
    }
    for finding in findings:
        touches = finding.subject in arms or finding.subject == "the run"
        if finding.severity == "refuse-figure" and touches and finding.refuses in taken_by[figures]:
            return finding.reason
    return None


def compare(
    run: RunData, metric: Metric, a: str, b: str, floor: NoiseFloor | None, refusal: str | None = None
) -> Comparison:
    """Compare two arms. Refused (by a rule, a missing noise floor, or too few data) it carries no figure."""
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
            "cycles": ratio.cycles,
            "generations": ratio.generations,
            "noise_floor": finite(floor.value),
            "visible": floor.visible,
            "minimal_detectable_effect": minimal_detectable_effect(ratio.log, CONFIDENCE.value),
            "verdict": verdict,
        }
    )
