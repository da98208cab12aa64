"""A run's verdict and tables on a terminal, or in a file: the verdict in words first."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.report import conditions, findings, sentences
from analysis.summary import Summary

_PIPED_WIDTH = 100


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
        console.print(_cpu_table(summary))
        console.print(_latency_table(summary))
    for table in _comparison_tables(summary):
        console.print(table)
    for finding, sentence in findings.finding_sentences(summary.findings):
        console.print(Text("! " + sentence, style="bold red" if finding.loud else "yellow"))
    for line in findings.missing_figures(summary) if summary.status == "VALID" else []:
        console.print(Text("- " + line))
    console.print(_conditions(summary))
    if derived is not None:
        console.print(Text(f"page and tables: {derived / 'report.html'}"), soft_wrap=True)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        first = index == 0
        table.add_column(Text(column), justify="left" if first else "right", no_wrap=first, overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(Text(cell) for cell in cells))


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


def _latency_table(summary: Summary) -> Table:
    table = _table(
        "Latency, ms, and traffic",
        "arm",
        "service\np50",
        "service p99\n[95%]",
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
    """One for each pair, in the order declared."""
    for (a, b), group in groupby(summary.comparisons, key=lambda c: (c.a, c.b)):
        table = _table(f"{a} / {b}", "metric", "ratio [95%]", "A - B [95%]", "noise floor", "verdict")
        for c in group:
            if c.ratio is not None:
                _add(
                    table,
                    sentences.METRIC_WORDS[c.metric],
                    sentences.ratio_interval(c),
                    sentences.difference(c),
                    sentences.noise_floor(c),
                    sentences.verdict_words(c, summary.margin),
                )
        if table.row_count:
            yield table


def _conditions(summary: Summary) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, words in conditions.conditions(summary):
        _add(table, label, words)
    return table
