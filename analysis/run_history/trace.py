"""Put the runs of each experiment side by side: what each answered, and what changed since the one before."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.records.run_history import ExperimentHistory, PastAnswer, PastRun, RunHistory
from analysis.records.summary import Answer, Metric, Summary
from analysis.rules.v39_same_conditions import SameConditions
from authbench.contracts.records import Manifest

_METRICS: tuple[tuple[Answer, Metric | None], ...] = (
    ("cost", None),
    ("latency", "service_p50_ms"),
    ("throughput", "throughput_rps"),
)
"""The answers, and in which metric; None: the run's primary one."""
_MACHINE = ("machine", "processor", "processors", "kernel", "memory")
_LESS_LIKELY = ("card's", "experiment", "workload", "placement", "store source", "crypto")
"""How conditions begin that seldom explain another figure: they are told last."""
_IN_BOTH = re.compile(r"(.*) in A, (.*) in B")

Pair = tuple[str | None, str | None]
"""The two arms that an experiment was declared to compare; (None, None): it compares nothing."""


@dataclass(frozen=True)
class ReadRun:
    """A run as it was found: its manifest, and its derived summary."""

    path: Path
    manifest: Manifest
    summary: Summary | None
    """None: there is none of today's form that is newer than the manifest."""
    committed: bool


def trace(runs: Iterable[ReadRun], last: int | None = None) -> RunHistory:
    """Group the runs by experiment and pair, in order of time; `last`: so many of each group, the newest.

    Nothing is computed from raw data: figures are those of the summaries.
    """
    groups: dict[tuple[str, Pair], list[ReadRun]] = {}
    for run in sorted(runs, key=lambda one: (one.manifest.started_at, one.path.name)):
        groups.setdefault((run.manifest.experiment.name, _pair(run.manifest)), []).append(run)
    newest_last = sorted(groups.items(), key=lambda group: group[1][-1].manifest.started_at)
    return RunHistory(
        experiments=[
            ExperimentHistory(experiment=name, a=a, b=b, runs=_newest([*_past(group)], last))
            for (name, (a, b)), group in newest_last
        ]
    )


def _newest(runs: list[PastRun], last: int | None) -> list[PastRun]:
    return runs if last is None else runs[-last:]


def _pair(manifest: Manifest) -> Pair:
    compared = manifest.experiment.compare
    return compared[0] if compared else (None, None)


def _past(runs: Sequence[ReadRun]) -> Iterator[PastRun]:
    before: Manifest | None = None
    for run in runs:
        manifest = run.manifest
        missing = _missing(manifest, run.summary)
        conditions = [] if before is None else _conditions(before, manifest)
        yield PastRun(
            run_id=run.path.name,
            path=str(run.path),
            committed=run.committed,
            started_at=manifest.started_at,
            margin=manifest.experiment.margin,
            answers=[] if missing or run.summary is None else [*_answers(run.summary, _pair(manifest))],
            missing=missing,
            comparable=None if before is None else not conditions,
            changed=[] if before is None else [*_code(before, manifest), *conditions],
        )
        before = manifest


def _missing(manifest: Manifest, summary: Summary | None) -> str:
    """Say why a run shows no answers, and what to do; empty: it does."""
    if manifest.status == "interrupted":
        return "interrupted: authbench run --resume ID"
    if manifest.status != "complete":
        return manifest.status
    if summary is None:
        return "no summary: authbench report ID makes it"
    if summary.status == "INVALID":
        return f"INVALID: {next(iter(summary.reasons), 'no reason is given')}"
    if not summary.judged_by.compares:
        return "VALID; this experiment compares nothing"
    return "" if summary.comparisons else "VALID; no pair was compared"


def _answers(summary: Summary, pair: Pair) -> Iterator[PastAnswer]:
    statuses = {one.answer: one for one in summary.answers}
    compared = {c.metric: c for c in summary.comparisons if (c.a, c.b) == pair}
    for answer, metric in _METRICS:
        status, found = statuses.get(answer), compared.get(metric or summary.primary_metric)
        reason = ""
        if status is not None and status.status == "NOT MEASURED":
            reason = f"not measured: {status.reason}"
        elif found is None:  # the summary is older than the metric
            reason = "not measured"
        elif found.ratio is None or found.refused_because is not None:
            reason = f"not compared: {found.refused_because}"
        yield PastAnswer(
            answer=answer,
            status=status.status if status else None,
            comparison=None if reason else found,
            reason=reason,
        )


def _code(before: Manifest, now: Manifest) -> Iterator[str]:
    """The version and the commit of authbench, which V39 lets change: comparisons look for their effect."""
    if before.authbench_version != now.authbench_version:
        yield f"authbench: {before.authbench_version} -> {now.authbench_version}"
    if (before.git_commit, before.git_dirty) != (now.git_commit, now.git_dirty):
        yield f"commit: {_commit(before)} -> {_commit(now)}"


def _commit(manifest: Manifest) -> str:
    if manifest.git_commit is None:
        return "unknown"
    return manifest.git_commit[:7] + (" with changes" if manifest.git_dirty else "")


def _conditions(before: Manifest, now: Manifest) -> list[str]:
    """What V39 objects to, as 'kernel: 6.1 -> 6.6': the machine first, then versions, then the rest."""
    ordered = sorted(SameConditions().check(before, now), key=lambda one: _likeliness(one.subject))
    return [f"{one.subject}: {_step(one.sentence)}" for one in ordered]


def _step(sentence: str) -> str:
    """What V39 says of runs A and B, as a step in time: '6.1 -> 6.6'."""
    if found := _IN_BOTH.match(sentence):
        return f"{found[1]} -> {found[2]}"
    return sentence.replace(" in A only", " before only").replace(" in B only", " now only")


def _likeliness(subject: str) -> int:
    if subject in _MACHINE:
        return 0
    return 2 if subject.startswith(_LESS_LIKELY) else 1
