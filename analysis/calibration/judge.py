"""Judge a calibration: from its run and the null server's readings to what this machine can measure."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from analysis.calibration.detectable import BUDGET_MINUTES, detectable_in, visible_from
from analysis.calibration.planted import LATENCY, bounded, confidence_of_each, recover
from analysis.calibration.planted_throughput import recover_throughput
from analysis.comparison.arms import paired
from analysis.comparison.latency import Paired
from analysis.data.rows import lateness_ms
from analysis.data.run import RunData
from analysis.records.calibration import (
    UNITS,
    CalibrationSummary,
    Detectable,
    IdenticalArms,
    Kind,
    PlantedEffect,
    PlantedThroughput,
)
from analysis.records.summary import CPU_METRICS, METRICS, THROUGHPUT, Metric
from analysis.statistics.estimate import Estimate, from_replicates
from analysis.statistics.intervals import nested_interval
from analysis.statistics.percentiles import describe
from authbench.contracts.calibration import NullReadings
from authbench.contracts.failure import Failure

_NS_PER_MS = 1e6


def judge_calibration(run: RunData, readings: NullReadings) -> CalibrationSummary:
    """Judge a calibration, whose run the caller found whole and VALID. Failure if no effect was planted."""
    manifest = run.manifest
    cpu = run.primary_metric
    planted = recover(run, cpu)
    if not planted:
        raise Failure(f"{manifest.run_id}: no arm of it has a planted effect: it calibrates nothing")
    twins = {metric: paired(run, metric, *manifest.experiment.twin) for metric in METRICS}
    alike = {metric: found for metric, found in twins.items() if not isinstance(found, str)}
    identical = _identical(twins, confidence_of_each(len(alike)))
    throughput = recover_throughput(run)
    seconds = _seconds(run)
    floors_ms = {
        number: np.array(one.service_ns, dtype=float) / _NS_PER_MS
        for number, one in enumerate(readings.open_rounds)
    }
    rows = run.rows.table
    late_ms = {int(str(key)): lateness_ms(own) for key, own in rows.groupby("generation")}
    return CalibrationSummary(
        host=manifest.machine.host,
        run_id=manifest.run_id,
        measured_at=manifest.finished_at or manifest.started_at,
        authbench_version=manifest.authbench_version,
        seconds=seconds,
        rate_rps=manifest.rate.offered_rps if manifest.rate else 0.0,
        passed=not (reasons := _reasons(planted, throughput, identical)),
        reasons=reasons,
        planted=planted,
        throughput=throughput,
        identical=identical,
        floor_ms=describe(floors_ms),
        ceiling_rps=_ceiling(readings),
        lateness_ms=describe(late_ms),
        detectable=[
            Detectable(
                minutes=minutes,
                cpu_us=detectable_in(alike[cpu][1], minutes * 60 / seconds) if cpu in alike else None,
                latency_ms=(
                    detectable_in(alike[LATENCY][1], minutes * 60 / seconds) if LATENCY in alike else None
                ),
            )
            for minutes in BUDGET_MINUTES
        ],
        visible=_visible(planted, alike, cpu),
    )


def _seconds(run: RunData) -> float:
    """Give the length of the run; at least one second, the resolution of its start and end."""
    manifest = run.manifest
    started = datetime.fromisoformat(manifest.started_at)
    finished = datetime.fromisoformat(manifest.finished_at or manifest.started_at)
    return max(1.0, (finished - started).total_seconds())


def _identical(twins: Mapping[Metric, Paired | str], confidence: float) -> list[IdenticalArms]:
    """Judge whether a metric tells the identical arms apart; list metrics without a figure last.

    The interval decides alone: these same arms make the noise floor, so they could never exceed it. Metrics
    of a store that the arms do not have, and throughput where nothing was saturated, are left out.
    """
    found, without = [], []
    for metric, pair in twins.items():
        if not isinstance(pair, str):
            logs, gaps = pair
            verdict = not nested_interval(logs, confidence).contains(0.0)
            difference = bounded(nested_interval(gaps, confidence))
            found.append(IdenticalArms(metric=metric, difference=difference, verdict=verdict))
        elif not pair.endswith(("has no store", "nothing was saturated")):
            without.append(IdenticalArms(metric=metric, difference=Estimate(reason=pair), verdict=False))
    return found + without


def _visible(
    planted: list[PlantedEffect], pairs: Mapping[Metric, Paired], cpu: Metric
) -> dict[str, float | None]:
    """Give the visible difference by metric; if identical arms lack a metric, its kind's main metric's.

    Throughput has none: a difference in requests/s that shows beside the control says nothing of an arm that
    serves half as many.
    """
    found: dict[str, float | None] = {}
    for metric in METRICS:
        if metric == THROUGHPUT:
            continue
        kind: Kind = "cpu" if metric in CPU_METRICS else "delay"
        own = metric if metric in pairs else cpu if kind == "cpu" else LATENCY
        found[metric] = visible_from(planted, kind, pairs[own][1]) if own in pairs else None
    return found


def _ceiling(readings: NullReadings) -> Estimate:
    """Divide requests by the seconds of CPU they cost the generator; the rounds are the replicates."""
    rates = [r.completed * 1e9 / r.generator_cpu_ns for r in readings.closed_rounds if r.generator_cpu_ns > 0]
    return from_replicates({0: rates}) if rates else Estimate(reason="the generator's CPU could not be read")


def _reasons(
    planted: list[PlantedEffect], throughput: list[PlantedThroughput], identical: list[IdenticalArms]
) -> list[str]:
    """List why the harness cannot be believed on this machine."""
    return [
        *(_not_found(effect) for effect in planted if not effect.found),
        *(_not_lost(effect) for effect in throughput if effect.found is False),
        *(
            f"two identical arms were told apart in {one.metric}: "
            f"{one.difference.value:.3g} [{_end(one.difference.low)}, {_end(one.difference.high)}]"
            for one in identical
            if one.verdict
        ),
    ]


def _not_lost(effect: PlantedThroughput) -> str:
    """Say that the throughput of an arm is not what the CPU planted in it leaves."""
    one = effect.recovered
    return (
        f"with {effect.planted_us:g} us of CPU planted the control should serve {effect.predicted:.3f} of "
        f"its requests/s, and served {one.value:.3f} [{_end(one.low)}, {_end(one.high)}] -> calibrate again "
        "on a quiet machine; if it stays so, the throughput figures are wrong"
    )


def _not_found(effect: PlantedEffect) -> str:
    unit, recovered = UNITS[effect.kind], effect.recovered
    size = f"the planted {effect.planted:g} {unit} of {effect.kind} were not recovered"
    if recovered.value is None:
        return f"{size}: {recovered.reason}"
    interval = f"{recovered.value:.3g} {unit} [{_end(recovered.low)}, {_end(recovered.high)}]"
    low, high = recovered.low, recovered.high
    if (low is None or low <= effect.planted) and (high is None or effect.planted <= high):
        hint = "is too wide -> close what else runs on this machine and calibrate again"
    else:
        hint = "is elsewhere -> calibrate again; if it stays there, the harness measures something else"
    return f"{size}: the interval {interval} {hint}"


def _end(value: float | None) -> str:
    return "?" if value is None else f"{value:.3g}"
