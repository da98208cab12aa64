"""Find effects of known size again: the test that a benchmark's figures are right.

An interval says how far a figure may be off by chance. Only an effect of known size says whether the method
is wrong.
"""

from analysis.comparison.arms import paired
from analysis.data.run import RunData
from analysis.records.calibration import Kind, PlantedEffect
from analysis.records.summary import Metric
from analysis.statistics.estimate import Estimate, finite
from analysis.statistics.intervals import Interval, nested_interval
from analysis.validity.limits import CONFIDENCE, PLANTED_CPU_SHARE, PLANTED_CPU_US, PLANTED_DELAY_MS

LATENCY: Metric = "service_p50_ms"
"""The metric a delay is looked for in: percentiles of generations, compared in pairs."""


def confidence_of_each(count: int) -> float:
    """Confidence of each of `count` intervals that are all right together at 95 % (Bonferroni)."""
    return 1 - (1 - CONFIDENCE.value) / max(count, 1)


def bounded(interval: Interval) -> Estimate:
    """Convert an interval to the form of a summary."""
    return Estimate(value=interval.estimate, low=finite(interval.low), high=finite(interval.high))


def recover(run: RunData, cpu: Metric) -> list[PlantedEffect]:
    """Measure every planted effect of the run, as arm - control; `cpu`: the metric of planted CPU.

    The intervals of CPU hold together at 95 %, because each must contain what was planted. The intervals of
    delays hold each by itself and need no correction: all must lie within the tolerance (intersection-union
    test, Berger 1982). Rules that refuse latency are not asked, because the true delay is known.
    """
    experiment = run.manifest.experiment
    planted: list[tuple[str, Kind, float]] = []
    for arm in experiment.arms:
        if arm.planted_cpu_us is not None:
            planted.append((arm.label, "cpu", arm.planted_cpu_us))
        elif arm.planted_delay_ms is not None:
            planted.append((arm.label, "delay", arm.planted_delay_ms))
    together = confidence_of_each(sum(kind == "cpu" for _, kind, _ in planted))
    effects = []
    for label, kind, size in planted:
        pairs = paired(run, cpu if kind == "cpu" else LATENCY, label, experiment.control)
        if isinstance(pairs, str):
            recovered, found, seen = Estimate(reason=pairs), False, False
        else:
            interval = nested_interval(pairs[1], together if kind == "cpu" else CONFIDENCE.value)
            recovered = bounded(interval)
            found = _cpu_found(interval, size) if kind == "cpu" else _delay_found(interval, size)
            agrees = interval.contains(size) if kind == "cpu" else found
            seen = agrees and not interval.contains(0.0)
        effects.append(
            PlantedEffect(arm=label, kind=kind, planted=size, recovered=recovered, found=found, seen=seen)
        )
    return effects


def _cpu_found(interval: Interval, planted_us: float) -> bool:
    """Whether the interval contains what was planted and is narrow enough."""
    widest_us = max(PLANTED_CPU_US.value, PLANTED_CPU_SHARE.value * planted_us)
    return interval.contains(planted_us) and interval.half_width <= widest_us


def _delay_found(interval: Interval, planted_ms: float) -> bool:
    """Whether all of the interval lies within the tolerance: an event loop plants a delay no more exactly."""
    return max(abs(interval.low - planted_ms), abs(interval.high - planted_ms)) <= PLANTED_DELAY_MS.value
