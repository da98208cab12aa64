"""A run's verdict and tables on a terminal, or in a file: the verdict in words first."""

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.report import sentences
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
    if any(c.ratio is not None for c in summary.comparisons):
        console.print(_comparison_table(summary))
    loud = ("void-run", "refuse-figure")
    for finding in sorted(summary.findings, key=lambda f: f.severity not in loud):
        style = "bold red" if finding.severity in loud or finding.rule == "STALL" else "yellow"
        console.print(Text("! " + sentences.finding_sentence(finding), style=style))
    for line in sentences.missing_figures(summary) if summary.status == "VALID" else []:
        console.print(Text("- " + line))
    console.print(_conditions(summary))
    if derived is not None:
        console.print(Text(f"page and tables: {derived / 'report.html'}"), soft_wrap=True)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(Text(column), justify="left" if index == 0 else "right", overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(Text(cell) for cell in cells))


def _cpu_table(summary: Summary) -> Table:
    table = _table(
        "CPU per request, us",
        "arm",
        "total [95 % interval]",
        "app",
        "store",
        "minus control [95 %]",
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
        "service p50",
        "service p99 [95 %]",
        "response p99",
        "requests",
        "errors",
        "request B",
        "reply B",
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
            "-" if arm.request_bytes is None else f"{arm.request_bytes:.0f}",
            "-" if arm.reply_bytes is None else f"{arm.reply_bytes:.0f}",
        )
    return table


def _comparison_table(summary: Summary) -> Table:
    table = _table(
        "Comparisons A / B", "A / B", "metric", "ratio [95 %]", "A - B [95 %]", "noise floor", "verdict"
    )
    for c in summary.comparisons:
        if c.ratio is None:
            continue
        floor = "?" if c.noise_floor is None else f"{c.noise_floor:.1%}"
        _add(
            table,
            f"{c.a} / {c.b}",
            sentences.METRIC_WORDS[c.metric],
            sentences.ratio_interval(c),
            sentences.difference(c),
            floor,
            sentences.verdict_words(c, summary.margin),
        )
    return table


def _conditions(summary: Summary) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, words in sentences.conditions(summary):
        _add(table, label, words)
    return table
