"""Compute the smallest difference this machine can show, from two identical arms."""

import math
from collections.abc import Sequence

import numpy as np

from analysis.records.calibration import Kind, PlantedEffect
from analysis.statistics.intervals import ByGeneration, nested_interval
from analysis.statistics.student import t_quantile
from analysis.validity.limits import CONFIDENCE

BUDGET_MINUTES = (1.0, 5.0, 30.0)
_POWER = 0.8
_LEAST_GENERATIONS = 5
"""Every experiment that compares has as many, however short it is."""


def detectable_in(gaps: ByGeneration, factor: float = 1.0) -> float | None:
    """Smallest true difference found in 4 of 5 runs `factor` times as long as the one `gaps` comes from.

    `gaps`: generation -> differences of the identical arms. The result is (t_c + t_p) * standard error, as in
    `intervals.minimal_detectable_effect`, once for the means of generations and once for the cycles: the
    larger of the two, so that many cycles cannot undo what every restart changes. The standard error shrinks
    with the root of the time; a run is cut into five generations at least. It is printed and decides nothing.
    None where nothing tells the standard error.
    """
    groups = [np.asarray(values, dtype=float) for values in gaps.values() if len(values)]
    means = np.array([group.mean() for group in groups])
    levels = [(means, _LEAST_GENERATIONS)]
    if sum(map(len, groups)) > len(groups):  # a latency has one figure a generation, and no cycles
        levels.append((np.concatenate(groups), 2))
    found = []
    for values, least in levels:
        if len(values) < 2:
            continue
        error = float(values.std(ddof=1)) / math.sqrt(len(values) * factor)
        degrees = max(least, round(len(values) * factor)) - 1
        chance, power = (t_quantile(p, degrees) for p in ((1 + CONFIDENCE.value) / 2, _POWER))
        found.append((chance + power) * error)
    return max(found, default=None)


def visible_from(planted: Sequence[PlantedEffect], kind: Kind, gaps: ByGeneration) -> float | None:
    """Smallest difference that may be called one; None: no planted effect was seen.

    It is the far end of the identical arms' interval: up to there no difference looks like one. Where the
    smallest planted effect was not seen, it is at least the smallest planted effect that was.
    """
    sizes = [effect.planted for effect in planted if effect.kind == kind]
    seen = [effect.planted for effect in planted if effect.kind == kind and effect.seen]
    if not seen:
        return None
    interval = nested_interval(gaps, CONFIDENCE.value)
    noise = max(abs(interval.low), abs(interval.high))
    visible = noise if min(seen) == min(sizes) else max(noise, min(seen))
    return visible if math.isfinite(visible) else None
