"""From a run's raw data to its summary: rules first, then figures, then verdicts."""

from collections.abc import Mapping, Sequence

from analysis.arm_figures import summarize_arm
from analysis.compare import METRICS, Comparison, Metric, compare, finite, refused, twin_floor
from analysis.dataset import CPU_METRICS, RunData, log_ratios
from analysis.noise_floor import NoiseFloor
from analysis.summary import LimitSummary, NoiseFloorSummary, Summary
from analysis.validity import limits, v21_twin
from analysis.validity.finding import Figures, Finding
from analysis.validity.rules import run_findings

NOT_MEASURED = [
    "memory per live session",
    "the cost of login, renewal, logout and revocation",
    "throughput under a service level objective",
    "a store beyond a network",
    "more than one application process",
]


def primary_metric(run: RunData) -> Metric:
    """Total CPU per request; the application's alone where the store's process cannot be read."""
    unreadable = any(judged.measured.store_cpu_ns is None for judged in run.records)
    return "cpu_app_us" if unreadable else "cpu_total_us"


def summarize(run: RunData, earlier_twins: Mapping[str, Sequence[float]] | None = None) -> Summary:
    """Judge the run and give its figures. A run that is not whole has no figures at all.

    `earlier_twins`: metric -> ln(twin / original) of earlier runs of this machine, for the noise floor.
    """
    manifest, experiment = run.manifest, run.manifest.experiment
    metric = primary_metric(run)
    findings = run_findings(run)
    usable = manifest.status == "complete" and not run.damage
    if usable:
        findings += _twin_findings(run, metric)
    reasons = [f"{f.rule}: {f.subject}: {f.sentence}" for f in findings if f.severity == "void-run"]
    floors = {}
    if usable:
        found = {m: twin_floor(run, m, (earlier_twins or {}).get(m, ())) for m in METRICS}
        floors = {m: floor for m, floor in found.items() if floor is not None}
    servers = manifest.servers
    return Summary(
        run_id=manifest.run_id,
        status="INVALID" if reasons else "VALID",
        reasons=reasons,
        experiment=experiment.name,
        question=experiment.question,
        judged_by=experiment.judged_by,
        workload=manifest.workload.name,
        operation=f"{manifest.workload.method} {manifest.workload.path}",
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
        generations=manifest.generations_done,
        cycles_planned=manifest.generations_done * experiment.cycles,
        cycles_whole=len(run.slices[run.slices["whole_cycle"]].groupby(["generation", "cycle"])),
        primary_metric=metric,
        margin=experiment.margin,
        arms=[summarize_arm(run, arm, findings) for arm in experiment.arms] if usable else [],
        comparisons=_comparisons(run, metric, floors, findings, bool(reasons)) if usable else [],
        noise_floor={
            name: NoiseFloorSummary(ratio_minus_one=finite(floor.value), runs=floor.runs, source=floor.source)
            for name, floor in floors.items()
        },
        findings=findings,
        limits=[LimitSummary(**limit._asdict()) for limit in limits.ALL],
        not_measured=NOT_MEASURED,
    )


def _twin_findings(run: RunData, metric: Metric) -> list[Finding]:
    pair = run.manifest.experiment.twin
    finding = v21_twin.check(log_ratios(run.slices, metric, *pair), pair, metric)
    if finding is None:
        return []
    return [finding.as_remark() if run.manifest.experiment.judged_by == "correctness" else finding]


def _comparisons(
    run: RunData,
    primary: Metric,
    floors: Mapping[Metric, NoiseFloor],
    findings: Sequence[Finding],
    invalid: bool,
) -> list[Comparison]:
    """Every declared pair in every metric. In an INVALID run none has a figure."""
    experiment = run.manifest.experiment
    late = [finding for finding in findings if finding.refuses == "latency"]  # and with it the noise floor
    comparisons = []
    for index, (a, b) in enumerate(experiment.compare):
        for metric in METRICS:
            figures: Figures = "none" if metric in CPU_METRICS else "latency"
            refusal = refused(findings, figures, (a, b)) or refused(late, figures, experiment.twin)
            if experiment.judged_by == "correctness":
                refusal = "this experiment checks that everything works; its figures are too few to compare"
            if invalid:
                refusal = "the run is INVALID"
            comparisons.append(
                compare(
                    run,
                    metric,
                    a,
                    b,
                    floor=floors.get(metric),
                    refusal=refusal,
                    primary=index == 0 and metric == primary,
                )
            )
    return comparisons
