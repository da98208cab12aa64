"""A run's verdict and tables on a terminal, or in a file: the verdict in words first."""

from collections.abc import Iterator
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.records.summary import Comparison, StagesSummary, Summary
from analysis.report import conditions, findings, sentences

_PIPED_WIDTH = 100
_ON_THE_PAGE = ("slices", "load", "machine", "order")
"""Conditions that need not be on a screen."""


def print_report(summary: Summary, derived: Path | None = None, console: Console | None = None) -> None:
    """Print the report. Piped, it is 100 columns wide and without colour."""
    console = console or Console()
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    verdict, *rest = sentences.headline(summary)
    console.print(Text(verdict, style="bold green" if summary.status == "VALID" else "bold red"))
    for sentence in rest:
        console.print(Text(sentence))
    if summary.arms:
        if summary.status == "INVALID":
            console.print(Text("\nFor finding the fault only:", style="bold"))
        for table in _arm_tables(summary):
            console.print(table)
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


def _table(title: str, *columns: str) -> Table:
    table = Table(
        title="\n" + title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    for index, column in enumerate(columns):
        first = index == 0
        table.add_column(Text(column), justify="left" if first else "right", no_wrap=first, overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(Text(cell) for cell in cells))


def _arm_tables(summary: Summary) -> Iterator[Table]:
    yield _cpu_table(summary)
    if summary.ranking:
        yield _ranking_table(summary)
    if summary.loop == "open":
        yield _latency_table(summary)


def _cpu_table(summary: Summary) -> Table:
    table = _table(
        "CPU per request, us",
        "arm",
        "total [95% interval]",
        "app",
        "store",
        "minus control [95%]",
        "store commands",
    )
    for arm in summary.arms:
        _add(
            table,
            arm.arm,
            sentences.estimate(arm.cpu_total_us, 0, interval=True),
            sentences.estimate(arm.cpu_app_us, 0),
            sentences.estimate(arm.cpu_store_us, 0),
            sentences.estimate(arm.cpu_minus_control_us, 0, interval=True),
            sentences.store_commands(arm),
        )
    return table


def _ranking_table(summary: Summary) -> Table:
    table = _table(
        "By cost: a place is one more than the number of arms shown to cost less",
        "arm",
        "place",
        "CPU, us [95% interval]",
        "minus control [95%]",
        "revoked within",
    )
    arms = {arm.arm: arm for arm in summary.arms}
    for rank in summary.ranking:
        arm = arms[rank.arm]
        _add(
            table,
            rank.arm,
            str(rank.place),
            sentences.estimate(arm.cpu_total_us, 0, interval=True),
            sentences.estimate(arm.cpu_minus_control_us, 0, interval=True),
            f"{arm.revocation_window_s:g} s",
        )
    return table


def _latency_table(summary: Summary) -> Table:
    table = _table(
        "Latency, ms, and traffic",
        "arm",
        "service\np50",
        "service p99,\ndescribed",
        "response\np99",
        "requests",
        "errors",
        "bytes\nout / in",
    )
    for arm in summary.arms:
        _add(
            table,
            arm.arm,
            sentences.estimate(arm.service_ms["p50"], 2),
            sentences.estimate(arm.service_ms["p99"], 2, interval=True),
            sentences.estimate(arm.response_ms["p99"], 2),
            str(arm.requests),
            str(arm.errors),
            sentences.wire_bytes(arm),
        )
    return table


def _comparison_tables(summary: Summary) -> Iterator[Table]:
    """The primary pair in every metric; the other pairs together, in the primary metric only."""
    columns = ("ratio [95%]", "A - B [95%]", "floor", "verdict")
    known = [c for c in summary.comparisons if c.ratio is not None]
    first = next(((c.a, c.b) for c in summary.comparisons), ("", ""))
    primary = _table(f"{first[0]} / {first[1]}", "metric", *columns)
    others = _table(sentences.METRIC_WORDS[summary.primary_metric], "A / B", *columns)
    for c in known:
        if (c.a, c.b) == first:
            _compare(primary, sentences.METRIC_WORDS[c.metric], c, summary.margin)
        elif c.metric == summary.primary_metric:
            _compare(others, f"{c.a} / {c.b}", c, summary.margin)
    yield from (table for table in (primary, others) if table.row_count)


def _compare(table: Table, label: str, c: Comparison, margin: float) -> None:
    _add(
        table,
        label,
        sentences.ratio_interval(c),
        sentences.difference(c),
        sentences.smallest(c),
        sentences.verdict_words(c, margin),
    )


def _stages_table(chain: StagesSummary) -> Table:
    table = _table(
        f"Where the microseconds of {chain.scheme} go: CPU per request above the rung before, us",
        "stage",
        "adds [95% interval]",
        "app",
        "store",
        "by the store's\nown account",
    )
    for stage in chain.stages:
        _add(
            table,
            stage.arm,
            sentences.estimate(stage.total_us, 0, interval=True),
            sentences.estimate(stage.app_us, 0),
            sentences.estimate(stage.store_us, 0),
            sentences.microseconds(stage.store_own_us),
        )
    _add(table, "unexplained", sentences.estimate(chain.residual_us, 0, interval=True))
    _add(table, f"{chain.scheme} in all", sentences.estimate(chain.total_us, 0, interval=True))
    return table


def _conditions(summary: Summary) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, words in conditions.conditions(summary):
        if label not in _ON_THE_PAGE and not label.startswith("crypto"):
            _add(table, label, words)
    return table
