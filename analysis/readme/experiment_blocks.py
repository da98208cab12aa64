"""Write docs/further-answers.md: of each experiment, its newest committed run and what that answers."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import NamedTuple

from analysis.readme.blocks import cost_cell, latency_cell, requests_per_core, wrapped
from analysis.readme.markers import filled
from analysis.records.summary import ArmSummary, Summary
from analysis.report.sentences import comparison_sentence, status_words

DOCUMENT = "docs/further-answers.md"
EXPERIMENTS = ("versions", "workers", "pool", "handshakes", "libraries")
"""Each is a block of the document."""


class Answered(NamedTuple):
    """A run, and its page as a path below the project."""

    summary: Summary
    page: str


def experiments_document(text: str, runs: Mapping[str, Answered | None]) -> str:
    """Return the document with the block of each experiment written anew; None: no run is committed.

    Failure for a block of unknown name.
    """
    return filled(text, DOCUMENT, {name: partial(_block, name, run) for name, run in runs.items()})


def _block(experiment: str, run: Answered | None) -> str:
    if run is None:
        return (
            f"*Not measured yet: `authbench run {experiment} --results results/reference` does, then `make "
            "readme` fills this in.*"
        )
    summary = run.summary
    answers = [c for c in summary.comparisons if c.metric == summary.primary_metric]
    told = [wrapped(f"* {comparison_sentence(c, summary.margin)}", indent="  ") for c in answers]
    marked = any(arm.marks.get("latency") for arm in summary.arms)
    note = "\\* a rule objects to the latency of this arm; the page says why."
    return "\n\n".join([_lead(run), "\n".join(_table(summary)), *([note] if marked else []), "\n".join(told)])


def _lead(run: Answered) -> str:
    summary = run.summary
    began, ended = (datetime.fromisoformat(each or "") for each in (summary.started_at, summary.finished_at))
    rate = f" at {summary.rate.offered_rps:,.0f} requests/s" if summary.rate else ""
    minutes = (ended - began).total_seconds() / 60
    page = PurePosixPath("..") / run.page
    return wrapped(
        f"{status_words(summary)}: `{summary.operation}`{rate} on {summary.machine.cpus} cores, "
        f"{began:%-d %B %Y}, in {minutes:.0f} minutes ([the page of this run]({page})):"
    )


def _table(summary: Summary) -> list[str]:
    """A row for each arm but the twin; a rate of its own is told, because it is compared with no other."""
    arms = [arm for arm in summary.arms if arm.role != "twin"]
    saturated = any(arm.throughput for arm in arms)
    heads = ["CPU above the control, us", "p50 / p99, ms", *(["requests/s of one core"] if saturated else [])]
    rows = [f"| | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    for arm in arms:
        served = [requests_per_core(arm.throughput)] if saturated else []
        rows.append(f"| {_name(arm)} | {' | '.join([cost_cell(arm), latency_cell(arm), *served])} |")
    return rows


def _name(arm: ArmSummary) -> str:
    own = "" if arm.offered_rps is None else f" (at {arm.offered_rps:,.0f} requests/s of its own)"
    return f"{arm.arm}{own}"
