"""Where the microseconds go: neighbours in a chain of rungs differ by what one stage costs.

An ablation study: each rung does one stage more than the one before, the first is the control, and the last
arm of a chain is the real scheme. The differences of neighbours add up to the last rung minus the control,
whatever they are. That they add up to the real scheme is not a matter of course: V31 looks at that.
"""

import statistics
from collections.abc import Sequence

from analysis.comparison.arms import Metric, refused
from analysis.data.run import RunData, differences
from analysis.records.summary import StagesSummary, StageSummary
from analysis.rules.v31_stage_sum import StageSum
from analysis.statistics.estimate import share_of
from analysis.statistics.intervals import Interval, nested_interval
from analysis.summary.arms import cpu_gap
from analysis.validity.finding import Finding
from analysis.validity.limits import CONFIDENCE
from authbench.contracts.records import InProcess
from authbench.contracts.run_directory import read_in_process


def stage_findings(run: RunData, metric: Metric) -> list[Finding]:
    """V31 on every declared chain that has figures."""
    found = []
    for chain in run.manifest.experiment.stages:
        total, residual = _gap(run, metric, chain[-1], chain[0]), _gap(run, metric, chain[-1], chain[-2])
        if total and residual:
            found.append(StageSum().check(chain[-1], total, residual))
    remark = run.manifest.experiment.judged_by == "correctness"
    return [finding.as_remark() if remark else finding for finding in found if finding]


def _gap(run: RunData, metric: Metric, a: str, b: str) -> Interval | None:
    gaps = differences(run.slices, metric, a, b)
    return nested_interval(gaps, CONFIDENCE.value) if gaps else None


def summarize_stages(
    run: RunData, metric: Metric, findings: Sequence[Finding], refusal: str | None
) -> list[StagesSummary]:
    """One for each declared chain; `refusal`: why nothing of the run is compared, if so."""
    in_process = read_in_process(run.path)
    if in_process and not _same_libraries(run, in_process):
        in_process = None
    found = []
    for chain in run.manifest.experiment.stages:
        control, *rungs, scheme = chain
        why = refusal or refused(findings, "none", chain) or _unexplained(findings, scheme)
        total = cpu_gap(run, scheme, control, findings, metric)
        residual = cpu_gap(run, scheme, rungs[-1], findings, metric)
        found.append(
            StagesSummary(
                scheme=scheme,
                control=control,
                metric=metric,
                total_us=total,
                stages=[]
                if why
                else [
                    _stage(run, metric, before, arm, findings, in_process)
                    for before, arm in zip(chain, rungs, strict=False)
                ],
                residual_us=residual,
                residual_share=share_of(residual, total),
                refused_because=why,
            )
        )
    return found


def _unexplained(findings: Sequence[Finding], scheme: str) -> str | None:
    for finding in findings:
        about = finding.rule == "V31" and finding.subject == f"stages of {scheme}"
        if about and finding.severity == "refuse-figure":
            return f"V31: {finding.subject}: {finding.sentence}"
    return None


def _stage(
    run: RunData,
    metric: Metric,
    before: str,
    arm: str,
    findings: Sequence[Finding],
    in_process: InProcess | None,
) -> StageSummary:
    card = run.manifest.cards.get(arm)
    return StageSummary(
        arm=arm,
        adds=card.summary if card else "",
        total_us=cpu_gap(run, arm, before, findings, metric),
        app_us=cpu_gap(run, arm, before, findings, "cpu_app_us"),
        store_us=cpu_gap(run, arm, before, findings, "cpu_store_us"),
        in_process_us=_in_process(run, before, arm, in_process),
        store_own_us=_store_own_us(run, arm),
    )


def _in_process(run: RunData, before: str, arm: str, measured: InProcess | None) -> float | None:
    """Median of the stage in one process: measured alone, or as the difference of two whole rungs."""
    names = {label: run.manifest.cards[label].name for label in (before, arm) if label in run.manifest.cards}
    if measured is None or len(names) < 2:
        return None
    if names[arm] in measured.stage_us:
        return statistics.median(measured.stage_us[names[arm]])
    whole = [measured.authenticate_us.get(names[label]) for label in (arm, before)]
    if not whole[0] or not whole[1]:
        return None
    return statistics.median(whole[0]) - statistics.median(whole[1])


def _store_own_us(run: RunData, arm: str) -> float | None:
    """Microseconds per user request that the store itself spent in the arm's commands (INFO commandstats)."""
    valid = [judged.measured for judged in run.main if judged.measured.arm == arm and not judged.void_because]
    told = [record.store_usec for record in valid if record.store_usec is not None]
    served = sum(record.served for record in valid)
    if not served or len(told) < len(valid) or not run.asks_store(arm):
        return None
    return sum(sum(usec.values()) for usec in told) / served


def _same_libraries(run: RunData, measured: InProcess) -> bool:
    """Whether the cross-check was made with what the servers ran."""
    servers = list(run.manifest.servers.values())
    if not servers or servers[0].python != measured.python:
        return False
    return all(measured.versions.get(name, known) == known for name, known in servers[0].versions.items())
