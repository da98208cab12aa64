"""Effects of known size, and whether the harness found them: the test that a benchmark's figures are right.

An interval says how far the figure may be off by chance. Only an effect whose size is known says whether it
is off by method.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from analysis.comparison.arms import paired
from analysis.data.run import RunData
from analysis.records.calibration import Kind, PlantedEffect
from analysis.records.summary import Metric
from analysis.statistics.estimate import Estimate, finite
from analysis.statistics.intervals import Interval, nested_interval
from analysis.validity.limits import CONFIDENCE, PLANTED_CPU_SHARE, PLANTED_CPU_US, PLANTED_DELAY_MS
from authbench.contracts.experiment import Arm

LATENCY: Metric = "service_p50_ms"
"""A delay is looked for here: percentiles of generations, compared in pairs."""


def confidence_of_each(count: int) -> float:
    """Confidence of one of `count` intervals that shall all be right at 95 % (Bonferroni)."""
    return 1 - (1 - CONFIDENCE.value) / max(count, 1)


def bounded(interval: Interval) -> Estimate:
    """The interval as a summary carries it."""
    return Estimate(value=interval.estimate, low=finite(interval.low), high=finite(interval.high))


def planted_in(arm: Arm) -> tuple[Kind, float] | None:
    """What an arm's scheme is known to add, or None."""
    if arm.planted_cpu_us is not None:
        return "cpu", arm.planted_cpu_us
    if arm.planted_delay_ms is not None:
        return "delay", arm.planted_delay_ms
    return None


def recover(run: RunData, cpu: Metric) -> list[PlantedEffect]:
    """Every planted effect of the run, as arm - control; `cpu`: the metric CPU is looked for in.

    The intervals of CPU hold together at 95 %, for each must contain what was planted. Those of a delay hold
    by themselves: that all lie within the tolerance is wrong only if one does that should not, so nothing is
    corrected (intersection-union test, Berger 1982). Rules that refuse latency are not asked: here it is held
    against what is known to be true.
    """
    experiment = run.manifest.experiment
    planted = [(arm.label, *found) for arm in experiment.arms if (found := planted_in(arm))]
    together = confidence_of_each(sum(kind == "cpu" for _, kind, _ in planted))
    effects = []
    for label, kind, size in planted:
        pairs = paired(run, cpu if kind == "cpu" else LATENCY, label, experiment.control)
        if isinstance(pairs, str):
            effects.append(
                PlantedEffect(
                    arm=label,
                    kind=kind,
                    planted=size,
                    recovered=Estimate(reason=pairs),
                    found=False,
                    seen=False,
                )
            )
        else:
            confidence = together if kind == "cpu" else CONFIDENCE.value
            effects.append(_effect(label, kind, size, pairs[1], confidence))
    return effects


def _effect(
    label: str, kind: Kind, size: float, gaps: Mapping[int, npt.NDArray[np.float64]], confidence: float
) -> PlantedEffect:
    interval = nested_interval(gaps, confidence)
    found = _cpu_found(interval, size) if kind == "cpu" else _delay_found(interval, size)
    agrees = found if kind == "delay" else interval.contains(size)
    return PlantedEffect(
        arm=label,
        kind=kind,
        planted=size,
        recovered=bounded(interval),
        found=found,
        seen=agrees and not interval.contains(0.0),
    )


def _cpu_found(interval: Interval, planted_us: float) -> bool:
    """The interval contains what was planted, and is narrow enough for that to mean something."""
    widest_us = max(PLANTED_CPU_US.value, PLANTED_CPU_SHARE.value * planted_us)
    return interval.contains(planted_us) and interval.half_width <= widest_us


def _delay_found(interval: Interval, planted_ms: float) -> bool:
    """All of the interval lies within the tolerance: a delay is planted no more exactly than a loop turns."""
    return max(abs(interval.low - planted_ms), abs(interval.high - planted_ms)) <= PLANTED_DELAY_MS.value
