"""Print a run's report on a terminal or in a file: the verdict in words first, then the tables."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.records.summary import StagesSummary, Summary
from analysis.report import conditions, findings, sentences
from analysis.report.cached import cached_sentence
from analysis.report.console import TextTable, open_console
from analysis.report.sentences import METRIC_WORDS, estimate

_ON_THE_PAGE = ("slices", "load", "machine", "order")
"""Conditions that need not be on a screen."""
_microseconds = partial(estimate, digits=0)
_interval = partial(estimate, digits=0, interval=True)
_milliseconds = partial(estimate, digits=2)


def print_report(summary: Summary, derived: Path | None = None, console: Console | None = None) -> None:
    """Print the report. Piped, it is 100 columns wide and without colour."""
    console = open_console(console)
    verdict, *rest = sentences.headline(summary)
    console.print(Text(verdict, style="bold green" if summary.status == "VALID" else "bold red"))
    for sentence in (*rest, *map(cached_sentence, summary.cached)):
        console.print(Text(sentence))
    if summary.arms:
        if summary.status == "INVALID":
            console.print(Text("\nFor finding the fault only:", style="bold"))
        console.print(_cpu_table(summary))
        if summary.ranking:
            console.print(_ranking_table(summary))
        if summary.loop == "open":
            console.print(_latency_table(summary))
    for table in _comparison_tables(summary):
        console.print(table)
    for pair in summary.sensitivity:
        console.print(Text(sentences.sensitivity_sentence(pair)))
    for chain in summary.stages:
        if chain.stages:
            console.print(_stages_table(chain))
        console.print(Text(sentences.stages_sentence(chain)))
    for finding, sentence in findings.finding_sentences(summary.findings):
        console.print(Text("! " + sentence, style="bold red" if finding.loud else "yellow"))
    for line in findings.missing_figures(summary) if summary.status == "VALID" else []:
        console.print(Text("- " + line))
    console.print(_conditions(summary))
    if derived is not None:
        console.print(Text(f"all of it, with figures: {derived / 'report.html'}"), soft_wrap=True)


def _cpu_table(summary: Summary) -> Table:
    columns = ("arm", "total [95% interval]", "app", "store", "minus control [95%]", "store commands")
    table = TextTable("CPU per request, us", *columns)
    for arm in summary.arms:
        table.add(
            arm.arm,
            _interval(arm.cpu_total_us),
            _microseconds(arm.cpu_app_us),
            _microseconds(arm.cpu_store_us),
            _interval(arm.cpu_minus_control_us),
            sentences.store_commands(arm),
        )
    return table


def _ranking_table(summary: Summary) -> Table:
    title = "By cost: a place is one more than the number of arms shown to cost less"
    columns = ("arm", "place", "CPU, us [95% interval]", "minus control [95%]", "revoked within")
    table = TextTable(title, *columns)
    arms = {arm.arm: arm for arm in summary.arms}
    for rank in summary.ranking:
        arm = arms[rank.arm]
        cost, above = _interval(arm.cpu_total_us), _interval(arm.cpu_minus_control_us)
        table.add(rank.arm, str(rank.place), cost, above, f"{arm.revocation_window_s:g} s")
    return table


def _latency_table(summary: Summary) -> Table:
    times = ("service\np50", "service p99,\ndescribed", "response\np99")
    table = TextTable("Latency, ms, and traffic", "arm", *times, "requests", "errors", "bytes\nout / in")
    for arm in summary.arms:
        table.add(
            arm.arm,
            _milliseconds(arm.service_ms["p50"]),
            _milliseconds(arm.service_ms["p99"], interval=True),
            _milliseconds(arm.response_ms["p99"]),
            str(arm.requests),
            str(arm.errors),
            sentences.wire_bytes(arm),
        )
    return table


def _comparison_tables(summary: Summary) -> Iterator[Table]:
    """The primary pair in every metric; the other pairs together, in the primary metric only."""
    columns = ("ratio [95%]", "A - B [95%]", "floor", "verdict")
    first = next(((c.a, c.b) for c in summary.comparisons), ("", ""))
    primary = TextTable(f"{first[0]} / {first[1]}", "metric", *columns)
    others = TextTable(METRIC_WORDS[summary.primary_metric], "A / B", *columns)
    for c in summary.comparisons:
        cells = (
            sentences.ratio_interval(c),
            sentences.difference(c),
            sentences.smallest(c),
            sentences.verdict_words(c, summary.margin),
        )
        if c.ratio is not None and (c.a, c.b) == first:
            primary.add(METRIC_WORDS[c.metric], *cells)
        elif c.ratio is not None and c.metric == summary.primary_metric:
            others.add(f"{c.a} / {c.b}", *cells)
    yield from (table for table in (primary, others) if table.row_count)


def _stages_table(chain: StagesSummary) -> Table:
    title = f"Where the microseconds of {chain.scheme} go: CPU per request above the rung before, us"
    columns = ("stage", "adds [95% interval]", "app", "store", "by the store's\nown account")
    table = TextTable(title, *columns)
    for stage in chain.stages:
        table.add(
            stage.arm,
            _interval(stage.total_us),
            _microseconds(stage.app_us),
            _microseconds(stage.store_us),
            sentences.microseconds(stage.store_own_us),
        )
    table.add("unexplained", _interval(chain.residual_us))
    table.add(f"{chain.scheme} in all", _interval(chain.total_us))
    return table


def _conditions(summary: Summary) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, words in conditions.conditions(summary):
        if label not in _ON_THE_PAGE and not label.startswith("crypto"):
            table.add_row(Text(label), Text(words))
    return table
