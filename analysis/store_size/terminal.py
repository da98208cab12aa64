"""Print the report of `authbench size-store`: the answer first, then its tables, then what they mean."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from analysis.report.console import TextTable, open_console
from analysis.store_size.words import (
    COST_HEADS,
    EVICTION_HEADS,
    NEED_HEADS,
    SIZE_HEADS,
    answer,
    cost_rows,
    eviction_rows,
    need_rows,
    sentences,
    size_rows,
)
from authbench.contracts.store_size.report import StoreSizeReport
from authbench.words.counting import counted


def print_store_sizes(
    report: StoreSizeReport, logins: int, path: Path, console: Console | None = None, *, verbose: bool = False
) -> None:
    """Print what `logins` live logins need and why; with `verbose` what each operation costs the store."""
    console = open_console(console)
    console.print(Text(answer(report, logins), style="bold"))
    _table(console, "Bytes in the store, each [95 %], and the control", SIZE_HEADS, size_rows(report))
    _table(
        console,
        f"What {counted(logins, 'live login', form=',')} need [95 %]",
        NEED_HEADS,
        need_rows(report, logins),
    )
    if verbose:
        _table(console, "CPU of the store, with all logins in it", COST_HEADS, cost_rows(report))
    if report.evictions:
        _table(console, "A store that is full", EVICTION_HEADS, eviction_rows(report))
    for sentence in sentences(report, logins):
        console.print(Text(f"- {sentence}"))
    console.print(Text(f"{report.header.store}; everything: {path}"))


def _table(console: Console, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = TextTable(title, *heads)
    for row in rows:
        table.add(*row)
    console.print(table)
