"""From a run's raw data to its summary: rules first, then figures, then verdicts."""

from pathlib import Path
from typing import NamedTuple

from analysis.data.arm_conditions import arm_conditions
from analysis.data.earlier_runs import earlier_twins
from analysis.data.run import load_run
from analysis.data.stored_calibration import read_calibration
from analysis.records.summary import NoiseFloorSummary, Summary
from analysis.rules.discovery import all_limits
from analysis.statistics.estimate import finite
from analysis.summary.answers import summarize_answers
from analysis.summary.arms import summarize_arm
from analysis.summary.between_arms import (
    summarize_comparisons,
    summarize_ranking,
    summarize_replication,
    summarize_sensitivity,
    summarize_throughput_ranking,
)
from analysis.summary.cached import summarize_cached
from analysis.summary.judged_run import JudgedRun, judge_run
from analysis.summary.so_what import Site, summarize_so_what
from analysis.summary.stages import summarize_stages
from analysis.summary.words import asked_in, load, not_measured
from authbench.contracts.records import Manifest


def _common_versions(manifest: Manifest) -> dict[str, str]:
    """What the arms without an environment of their own run with; the first arm's where all have one."""
    shared = [arm.label for arm in manifest.experiment.arms if not arm.condition.own_environment]
    known = [manifest.servers[label] for label in shared if label in manifest.servers]
    servers = known or list(manifest.servers.values())[:1]
    return {name: version for server in servers for name, version in server.versions.items()}


class SummarizedRun(NamedTuple):
    """A run with what the rules say of it, and its summary."""

    judged: JudgedRun
    summary: Summary


def summarize_run(path: Path, results: Path, site: Site | None = None) -> SummarizedRun:
    """Read a run, judge it with what is known of its machine under `results`, and summarize it.

    Every command that shows a run asks here, so that no two of them say different things of it. `site`: the
    reader's own rate and nodes; the run's rate on this machine unless given. Failure where the manifest
    cannot be read; a run that is not whole gives an INVALID summary.
    """
    data = load_run(path)
    twins = earlier_twins(results / "raw", data.manifest)
    # A calibration is of this machine with all parts on it: it says nothing of other hosts.
    alone = not data.manifest.elsewhere
    calibration = read_calibration(results, data.manifest.machine.host) if alone else None
    judged = judge_run(data, twins, calibration)
    return SummarizedRun(judged, summarize(judged, site))


def summarize(run: JudgedRun, site: Site | None = None) -> Summary:
    """Give the figures of a judged run, and what they answer. A run that is not whole has none at all."""
    found = _figures(run)
    answers, so_what = summarize_answers(found), summarize_so_what(found, site)
    return found.model_copy(update={"answers": answers, "so_what": so_what})


def _figures(run: JudgedRun) -> Summary:
    data, whole = run.data, run.data.whole
    manifest, experiment, servers = data.manifest, run.experiment, data.manifest.servers
    arms = [summarize_arm(run, arm) for arm in experiment.arms] if whole else []
    return Summary(
        run_id=manifest.run_id,
        status="INVALID" if run.reasons else "VALID",
        reasons=run.reasons,
        experiment=experiment.name,
        question=experiment.question,
        judged_by=experiment.judged_by,
        workload=manifest.workload.name,
        operation=asked_in(manifest),
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
        hosts=manifest.hosts,
        store=manifest.store,
        further_stores=manifest.further_stores,
        rate=manifest.rate,
        versions=_common_versions(manifest),
        crypto={arm: server.crypto for arm, server in servers.items() if server.crypto},
        stop_reason=manifest.stop_reason,
        resumed=len(manifest.resumed_at),
        abandoned_generations=len(manifest.abandoned_generations),
        generations=manifest.generations_done,
        cycles_planned=sum(manifest.cycles_of(number) for number in manifest.whole_generations),
        cycles_whole=data.whole_cycles,
        primary_metric=run.metric,
        margin=experiment.margin,
        ladder_rates=manifest.ladder_rps,
        conditions=arm_conditions(manifest),
        service=manifest.service,
        arms=arms,
        comparisons=summarize_comparisons(run) if whole else [],
        sensitivity=summarize_sensitivity(run) if whole else [],
        stages=summarize_stages(run) if whole else [],
        ranking=summarize_ranking(run, arms),
        throughput_ranking=summarize_throughput_ranking(run, arms),
        cached=summarize_cached(run) if whole else [],
        twin=experiment.twin,
        plan=manifest.plan,
        times=manifest.times,
        order_effect=run.order,
        replication=summarize_replication(run) if whole else None,
        noise_floor={
            name: NoiseFloorSummary(ratio_minus_one=finite(floor.value), runs=floor.runs, source=floor.source)
            for name, floor in run.floors.items()
        },
        calibration=run.calibration,
        findings=list(run.findings),
        limits=all_limits(),
        not_measured=not_measured(data),
    )
