"""Write docs/further-answers.md: of each experiment, its newest committed run and what that answers."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import NamedTuple

from analysis.readme.blocks import cost_cell, latency_cell, requests_per_core, wrapped
from analysis.readme.markers import filled
from analysis.records.summary import ArmSummary, Comparison, Summary
from analysis.report.sentences import difference, ratio_interval, status_words, verdict_words

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
    marked = any(arm.marks.get("latency") for arm in summary.arms)
    mark = ["\\* a rule objects to the latency of this arm; the page says why."] if marked else []
    reasons = {c.refused_because for c in _told(summary) if c.refused_because}
    refused = [wrapped(f"Not compared: {'; '.join(sorted(reasons))}.")] if reasons else []
    pairs = "\n".join(_pairs(summary))
    return "\n\n".join([_lead(run), "\n".join(_table(summary)), *mark, pairs, *refused])


def _lead(run: Answered) -> str:
    summary = run.summary
    began, ended = (
        datetime.fromisoformat(each)
        for each in (summary.started_at, summary.finished_at or summary.started_at)
    )
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


def _told(summary: Summary) -> list[Comparison]:
    return [c for c in summary.comparisons if c.metric in (summary.primary_metric, "service_p50_ms")]


def _pairs(summary: Summary) -> list[str]:
    """A row for each pair: A / B in CPU and in the median, and what is concluded from it."""
    rows: dict[tuple[str, str], list[str]] = {}
    for c in _told(summary):
        rows.setdefault((c.a, c.b), []).append(_cell(c, summary.margin))
    table = [f"| {a} / {b} | {' | '.join(cells)} |" for (a, b), cells in rows.items()]
    return ["| A / B | CPU per request | p50 |", "|---|---|---|", *table]


def _cell(c: Comparison, margin: float) -> str:
    if c.ratio is None:
        return "not compared"
    return f"{ratio_interval(c)}, {difference(c)}: {verdict_words(c, margin)}"


def _name(arm: ArmSummary) -> str:
    own = "" if arm.offered_rps is None else f" (at {arm.offered_rps:,.0f} requests/s of its own)"
    return f"{arm.arm}{own}"
