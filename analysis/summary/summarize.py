"""From a run's raw data to its summary: rules first, then figures, then verdicts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from analysis.comparison.arms import METRICS, Comparison, Metric, compare, refused, twin_floor
from analysis.comparison.ranking import summarize_ranking
from analysis.comparison.sensitivity import summarize_sensitivity
from analysis.data.arm_conditions import arm_conditions
from analysis.data.run import CPU_METRICS, RunData, log_ratios
from analysis.records.calibration import CalibrationSummary
from analysis.records.summary import ArmSummary, LimitSummary, NoiseFloorSummary, OrderSummary, Summary
from analysis.rules import v02_poisson_arrivals
from analysis.rules.discovery import all_limits, run_findings
from analysis.rules.v21_twin import IdenticalArms
from analysis.rules.v22_order import PositionEffect, SliceOrder, position_effect
from analysis.statistics.estimate import finite
from analysis.statistics.noise_floor import NoiseFloor
from analysis.statistics.replication import summarize_replication
from analysis.summary.arms import summarize_arm
from analysis.summary.stages import stage_findings, summarize_stages
from analysis.summary.words import load, requested
from analysis.validity.finding import Figures, Finding
from authbench.contracts.card import Operation

_CREDENTIAL_OPERATIONS = {
    Operation.LOGIN: "login",
    Operation.REFRESH: "renewal",
    Operation.LOGOUT: "logout",
    Operation.LOGOUT_EVERYWHERE: "logout everywhere",
}


def not_measured(run: RunData) -> list[str]:
    """What this run says nothing about: what an owner would otherwise read into it."""
    manifest = run.manifest
    asked = {part.operation for part in (*manifest.workload.operations, *manifest.workload.housekeeping)}
    missing = [words for operation, words in _CREDENTIAL_OPERATIONS.items() if operation not in asked]
    gaps = [
        (bool(missing), f"the cost of {', '.join(missing)}"),
        (not manifest.store_memory, "memory per live session"),
        (not manifest.ladder_rps, "other rates, and so the slope that planning needs"),
        (manifest.workload.loop == "closed", "latency"),
        (
            manifest.store is not None and manifest.store.source != "url" and not manifest.store_added_us,
            "a store beyond a network",
        ),
        (not any(arm.condition.tls for arm in manifest.experiment.arms), "TLS"),
        (
            all(arm.condition.workers == 1 for arm in manifest.experiment.arms),
            "more than one application process",
        ),
    ]
    always = [
        "throughput under a service level objective",
        "more than one node",
        "a reverse proxy and real user agents",
        "how long a revoked credential really lives: the windows are what the schemes declare",
    ]
    return [words for true, words in gaps if true] + always


def primary_metric(run: RunData) -> Metric:
    """Total CPU per request; the application's alone where the store's process cannot be read."""
    unreadable = any(judged.measured.store_cpu_ns is None for judged in run.records)
    return "cpu_app_us" if unreadable else "cpu_total_us"


def summarize(
    run: RunData,
    earlier_twins: Mapping[str, Sequence[float]] | None = None,
    calibration: CalibrationSummary | None = None,
) -> Summary:
    """Judge the run and give its figures. A run that is not whole has no figures at all.

    `earlier_twins`: metric -> ln(twin / original) of earlier runs of this machine, for the noise floor.
    `calibration`: that of this machine; no difference below what it can see is given as one.
    """
    manifest, experiment = run.manifest, run.manifest.experiment
    metric = primary_metric(run)
    findings = run_findings(run)
    usable = manifest.status == "complete" and not run.damage
    floors: dict[Metric, NoiseFloor] = {}
    order = None
    if usable:
        found = {m: twin_floor(run, m, (earlier_twins or {}).get(m, ())) for m in METRICS}
        floors = {m: _calibrated(floor, m, calibration) for m, floor in found.items() if floor is not None}
        findings += _twin_findings(run, metric)
        order = position_effect(run, metric)
        findings += _order_findings(run, order, floors.get(metric))
        findings += stage_findings(run, metric)
    arrivals = v02_poisson_arrivals.of_run(run) if usable else {}

    of_arms: list[ArmSummary] = []
    comparisons: list[Comparison] = []
    if usable:
        of_arms = [summarize_arm(run, arm, findings, arrivals.get(arm.label)) for arm in experiment.arms]
        comparisons = _comparisons(run, metric, floors, findings, _no_comparison(run, findings))
    reasons = [f"{f.rule}: {f.subject}: {f.sentence}" for f in findings if f.severity == "void-run"]
    servers = manifest.servers
    return Summary(
        run_id=manifest.run_id,
        status="INVALID" if reasons else "VALID",
        reasons=reasons,
        experiment=experiment.name,
        question=experiment.question,
        judged_by=experiment.judged_by,
        workload=manifest.workload.name,
        operation=requested(manifest.workload),
        loop=manifest.workload.loop,
        load=load(manifest.workload),
        started_at=manifest.started_at,
        finished_at=manifest.finished_at,
        command=manifest.command,
        seed=manifest.seed,
        authbench_version=manifest.authbench_version,
        git_commit=manifest.git_commit,
        git_dirty=manifest.git_dirty,
        machine=manifest.machine,
        placement=manifest.placement,
        store=manifest.store,
        rate=manifest.rate,
        versions={name: v for server in servers.values() for name, v in server.versions.items()},
        crypto={arm: server.crypto for arm, server in servers.items() if server.crypto},
        stop_reason=manifest.stop_reason,
        resumed=len(manifest.resumed_at),
        abandoned_generations=len(manifest.abandoned_generations),
        generations=manifest.generations_done,
        cycles_planned=manifest.generations_done * experiment.cycles,
        cycles_whole=run.whole_cycles,
        primary_metric=metric,
        margin=experiment.margin,
        ladder_rates=manifest.ladder_rps,
        conditions=arm_conditions(manifest),
        arms=of_arms,
        comparisons=comparisons,
        sensitivity=summarize_sensitivity(run, metric, floors, findings, _no_comparison(run, findings))
        if usable
        else [],
        stages=summarize_stages(run, metric, findings, _no_comparison(run, findings)) if usable else [],
        ranking=summarize_ranking(run, metric, floors, findings, of_arms)
        if usable and _no_comparison(run, findings) is None
        else [],
        order_effect=OrderSummary(p_value=order.p_value, span=order.span, drift=order.drift)
        if order
        else None,
        replication=summarize_replication(run, metric) if usable else None,
        noise_floor={
            name: NoiseFloorSummary(ratio_minus_one=finite(floor.value), runs=floor.runs, source=floor.source)
            for name, floor in floors.items()
        },
        calibration=calibration,
        findings=findings,
        limits=[LimitSummary(**limit._asdict()) for limit in all_limits()],
        not_measured=not_measured(run),
    )


def _calibrated(floor: NoiseFloor, metric: Metric, calibration: CalibrationSummary | None) -> NoiseFloor:
    """The floor, with what the machine's calibration can see in that metric."""
    if calibration is None:
        return floor
    seen = calibration.visible.get(metric)
    return replace(floor, visible=math.inf if seen is None else seen)


def _twin_findings(run: RunData, metric: Metric) -> list[Finding]:
    pair = run.manifest.experiment.twin
    finding = IdenticalArms().check(log_ratios(run.slices, metric, *pair), pair, metric)
    if finding is None:
        return []
    return [finding.as_remark() if run.manifest.experiment.judged_by == "correctness" else finding]


def _order_findings(run: RunData, order: PositionEffect | None, floor: NoiseFloor | None) -> list[Finding]:
    if order is None or floor is None or run.manifest.experiment.judged_by == "correctness":
        return []
    finding = SliceOrder().check(order, floor.value)
    return [finding] if finding else []


def _no_comparison(run: RunData, findings: Sequence[Finding]) -> str | None:
    """Why nothing of this run is compared, if so."""
    if any(finding.severity == "void-run" for finding in findings):
        return "the run is INVALID"
    if run.manifest.experiment.judged_by == "correctness":
        return "this experiment checks that everything works; its figures are too few to compare"
    return None


def _comparisons(
    run: RunData,
    primary: Metric,
    floors: Mapping[Metric, NoiseFloor],
    findings: Sequence[Finding],
    refusal: str | None,
) -> list[Comparison]:
    """Every declared pair in every metric; `refusal`: why none of them has a figure."""
    experiment = run.manifest.experiment
    late = [finding for finding in findings if finding.refuses == "latency"]  # and with it the noise floor
    comparisons = []
    for index, (a, b) in enumerate(experiment.compare):
        for metric in METRICS:
            figures: Figures = "none" if metric in CPU_METRICS else "latency"
            why = refusal or refused(findings, figures, (a, b)) or refused(late, figures, experiment.twin)
            comparisons.append(
                compare(
                    run,
                    metric,
                    a,
                    b,
                    floor=floors.get(metric),
                    refusal=why,
                    primary=index == 0 and metric == primary,
                )
            )
    return comparisons
