"""From a calibration run and the null server's readings to what is known of the harness on this machine."""

import math
from collections.abc import Mapping
from datetime import datetime

import numpy as np
import numpy.typing as npt

from analysis.calibration.detectable import BUDGET_MINUTES, detectable_in, visible_from
from analysis.calibration.planted import LATENCY, bounded, confidence_of_each, recover
from analysis.comparison.arms import Paired, paired
from analysis.data.rows import lateness_ms
from analysis.data.run import CPU_METRICS, RunData
from analysis.records.calibration import (
    UNITS,
    CalibrationSummary,
    Detectable,
    IdenticalArms,
    Kind,
    PlantedEffect,
)
from analysis.records.summary import METRICS, Metric
from analysis.statistics.estimate import Estimate, from_replicates
from analysis.statistics.intervals import nested_interval
from analysis.statistics.percentiles import described
from authbench.contracts.calibration import NullReadings
from authbench.contracts.failure import Failure

_NS_PER_MS = 1e6


def judge_calibration(run: RunData, readings: NullReadings) -> CalibrationSummary:
    """Everything a calibration says. Only for a run that is whole and VALID: the caller sees to that.

    Failure if nothing was planted in it.
    """
    manifest = run.manifest
    cpu = run.primary_metric
    planted = recover(run, cpu)
    if not planted:
        raise Failure(f"{manifest.run_id}: no arm of it has a planted effect: it calibrates nothing")
    twins = {metric: paired(run, metric, *manifest.experiment.twin) for metric in METRICS}
    alike = {metric: found for metric, found in twins.items() if not isinstance(found, str)}
    identical = _identical(alike) + _without_figure(twins)
    seconds = _seconds(run)
    return CalibrationSummary(
        host=manifest.machine.host,
        run_id=manifest.run_id,
        measured_at=manifest.finished_at or manifest.started_at,
        authbench_version=manifest.authbench_version,
        seconds=seconds,
        rate_rps=manifest.rate.offered_rps if manifest.rate else 0.0,
        passed=not (reasons := _reasons(planted, identical)),
        reasons=reasons,
        planted=planted,
        identical=identical,
        floor_ms=described(_ms([r.service_ns for r in readings.open_rounds]), None),
        ceiling_rps=_ceiling(readings),
        lateness_ms=described(lateness_ms(run.rows.table), None),
        detectable=[
            Detectable(
                minutes=minutes,
                cpu_us=_detectable(alike, cpu, minutes * 60 / seconds),
                latency_ms=_detectable(alike, LATENCY, minutes * 60 / seconds),
            )
            for minutes in BUDGET_MINUTES
        ],
        visible=_visible(planted, alike, cpu),
    )


def _seconds(run: RunData) -> float:
    """From the start of the run to its end; at least one second, the grain of both."""
    manifest = run.manifest
    started = datetime.fromisoformat(manifest.started_at)
    finished = datetime.fromisoformat(manifest.finished_at or manifest.started_at)
    return max(1.0, (finished - started).total_seconds())


def _identical(pairs: dict[Metric, Paired]) -> list[IdenticalArms]:
    """Whether any metric tells the identical arms apart.

    By the interval alone: a noise floor made of these same arms could never be exceeded by them.
    """
    confidence = confidence_of_each(len(pairs))
    found = []
    for metric, (logs, gaps) in pairs.items():
        verdict = not nested_interval(logs, confidence).contains(0.0)
        difference = bounded(nested_interval(gaps, confidence))
        found.append(IdenticalArms(metric=metric, difference=difference, verdict=verdict))
    return found


def _without_figure(twins: Mapping[Metric, Paired | str]) -> list[IdenticalArms]:
    """The metrics in which the identical arms have no figure, and why; not those of a store they lack."""
    return [
        IdenticalArms(metric=metric, difference=Estimate(reason=reason), verdict=False)
        for metric, reason in twins.items()
        if isinstance(reason, str) and not reason.endswith("has no store")
    ]


def _detectable(pairs: dict[Metric, Paired], metric: Metric, factor: float = 1.0) -> float | None:
    return detectable_in(pairs[metric][1], factor) if metric in pairs else None


def _visible(
    planted: list[PlantedEffect], pairs: dict[Metric, Paired], cpu: Metric
) -> dict[str, float | None]:
    """By metric. One without identical figures here (the control has no store) takes its kind's main one."""
    found: dict[str, float | None] = {}
    for metric in METRICS:
        kind: Kind = "cpu" if metric in CPU_METRICS else "delay"
        own = metric if metric in pairs else cpu if kind == "cpu" else LATENCY
        found[metric] = visible_from(planted, kind, pairs[own][1]) if own in pairs else None
    return found


def _ceiling(readings: NullReadings) -> Estimate:
    """Requests by the seconds of CPU they cost the generator; the rounds are the replicates."""
    rates = [r.completed * 1e9 / r.generator_cpu_ns for r in readings.closed_rounds if r.generator_cpu_ns > 0]
    return from_replicates({0: rates}) if rates else Estimate(reason="the generator's CPU could not be read")


def _ms(rounds: list[list[int]]) -> npt.NDArray[np.float64]:
    return np.array([value for each in rounds for value in each], dtype=float) / _NS_PER_MS


def _reasons(planted: list[PlantedEffect], identical: list[IdenticalArms]) -> list[str]:
    """Why the harness cannot be believed here, if so."""
    return [_not_found(effect) for effect in planted if not effect.found] + [
        f"two identical arms were told apart in {one.metric}: "
        f"{one.difference.value:.3g} [{_end(one.difference.low)}, {_end(one.difference.high)}]"
        for one in identical
        if one.verdict
    ]


def _not_found(effect: PlantedEffect) -> str:
    unit, recovered = UNITS[effect.kind], effect.recovered
    size = f"the planted {effect.planted:g} {unit} of {effect.kind} were not recovered"
    if recovered.value is None:
        return f"{size}: {recovered.reason}"
    interval = f"{recovered.value:.3g} {unit} [{_end(recovered.low)}, {_end(recovered.high)}]"
    low = -math.inf if recovered.low is None else recovered.low
    high = math.inf if recovered.high is None else recovered.high
    if low <= effect.planted <= high:
        hint = "is too wide -> close what else runs on this machine and calibrate again"
    else:
        hint = "is elsewhere -> calibrate again; if it stays there, the harness measures something else"
    return f"{size}: the interval {interval} {hint}"


def _end(value: float | None) -> str:
    return "?" if value is None else f"{value:.3g}"
