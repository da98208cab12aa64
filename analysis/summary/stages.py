"""Where the microseconds go: neighbours in a chain of rungs differ by what one stage costs.

An ablation study: each rung does one stage more than the one before, the first is the control, and the last
arm of a chain is the real scheme. The differences of neighbours add up to the last rung minus the control,
whatever they are. That they add up to the real scheme is not a matter of course: V31 looks at that.
"""

from itertools import pairwise

from analysis.records.summary import StagesSummary, StageSummary
from analysis.statistics.estimate import share_of
from analysis.summary.judged_run import JudgedRun


def summarize_stages(run: JudgedRun) -> list[StagesSummary]:
    """Summarize each declared chain."""
    return [_chain(run, chain) for chain in run.experiment.stages]


def _chain(run: JudgedRun, chain: list[str]) -> StagesSummary:
    control, *rungs, scheme = chain
    why = run.no_comparison or run.refused("cost", *chain) or _unexplained(run, scheme)
    total = run.gap(scheme, control, run.metric)
    residual = run.gap(scheme, rungs[-1], run.metric)
    return StagesSummary(
        scheme=scheme,
        control=control,
        metric=run.metric,
        total_us=total,
        stages=[] if why else [_stage(run, before, arm) for before, arm in pairwise([control, *rungs])],
        residual_us=residual,
        residual_share=share_of(residual, total),
        refused_because=why,
    )


def _unexplained(run: JudgedRun, scheme: str) -> str | None:
    stages = f"stages of {scheme}"
    about = (one for one in run.findings if one.rule == "V31" and one.subject == stages)
    return next((finding.reason for finding in about if finding.severity == "refuse-figure"), None)


def _stage(run: JudgedRun, before: str, arm: str) -> StageSummary:
    card = run.data.manifest.cards.get(arm)
    return StageSummary(
        arm=arm,
        adds=card.summary if card else "",
        total_us=run.gap(arm, before, run.metric),
        app_us=run.gap(arm, before, "cpu_app_us"),
        store_us=run.gap(arm, before, "cpu_store_us"),
        store_own_us=_store_own_us(run, arm),
    )


def _store_own_us(run: JudgedRun, arm: str) -> float | None:
    """Microseconds per user request that the store itself spent in the arm's commands (INFO commandstats)."""
    valid = run.data.valid_of(arm)
    told = [record.store_usec for record in valid if record.store_usec is not None]
    served = sum(record.served for record in valid)
    if not served or len(told) < len(valid) or arm not in run.data.with_store:
        return None
    return sum(sum(usec.values()) for usec in told) / served
