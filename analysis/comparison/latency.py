"""Pairs of two arms' times. The generation is the replicate; the median is taken over its cycles.

The p50 is compared slice against slice of the same cycle: what slows the machine for a second slows both.
The median of a generation's cycles lets single disturbed cycles pass: in a recorded run identical arms agreed
within 10 % that way, and within 15 % by the mean. A slice has too few requests for a p95 (its standard
deviation between cycles was 43 to 73 %), so that and p99 are of a generation's requests, pooled.
"""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from analysis.data.run import CycleKey, RunData, TimesByCycle
from analysis.records.summary import Metric
from analysis.statistics.percentiles import percentile
from analysis.validity.limits import P99_GENERATIONS
from authbench.words.counting import counted

LATENCY_SHARES: dict[Metric, float] = {
    "service_p50_ms": 0.5,
    "service_p95_ms": 0.95,
    "service_p99_ms": 0.99,
}

Paired = tuple[dict[int, npt.NDArray[np.float64]], dict[int, npt.NDArray[np.float64]]]
"""generation -> ln(A / B), and generation -> A - B, of each of its replicates."""


def paired_latency(
    run: RunData, metric: Metric, a: str, b: str, cycles: Collection[CycleKey] | None = None
) -> Paired | str:
    """Pair the service times of two arms, of whole cycles, or of these among them.

    In words where there is no pair. A generation that does not carry the percentile is left out; a p99 needs
    five that do.
    """
    kept = run.whole_cycle_keys if cycles is None else run.whole_cycle_keys & set(cycles)
    times_a, times_b = (
        {key: values for key, values in run.times_by_cycle(arm).items() if key in kept} for arm in (a, b)
    )
    return pair_times(times_a, times_b, metric)


def pair_times(times_a: TimesByCycle, times_b: TimesByCycle, metric: Metric) -> Paired | str:
    """Pair the times of two arms by cycle, as `paired_latency`."""
    share = LATENCY_SHARES[metric]
    by_cycle = metric == "service_p50_ms"
    logs: dict[int, npt.NDArray[np.float64]] = {}
    gaps: dict[int, npt.NDArray[np.float64]] = {}
    generations = sorted({generation for generation, _ in times_a})
    reason = "no whole cycle was measured"
    for generation in generations:
        keys = sorted(key for key in times_a if key[0] == generation and key in times_b)
        parts = [(times_a[key], times_b[key]) for key in keys]
        if parts and not by_cycle:
            parts = [(np.concatenate([own for own, _ in parts]), np.concatenate([own for _, own in parts]))]
        pairs = []
        for values_a, values_b in parts:
            found_a, found_b = percentile(values_a, share), percentile(values_b, share)
            if found_a.value and found_b.value:
                pairs.append((found_a.value, found_b.value))
            else:
                reason = found_a.reason or found_b.reason or "a time of zero"
        if pairs:
            own_a, own_b = np.array(pairs).T
            logs[generation] = np.array([np.median(np.log(own_a / own_b))])
            gaps[generation] = np.array([np.median(own_a - own_b)])
    needed = int(P99_GENERATIONS.value) if metric == "service_p99_ms" else 1
    if len(logs) >= needed:
        return logs, gaps
    few = f"described, not judged: {len(logs)} of the {counted(needed, 'generation')} needed carry a p99"
    if needed == 1:
        return reason
    return f"{few} ({reason})" if len(logs) < len(generations) else few
