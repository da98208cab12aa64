"""Write what the tutorial on reading a report shows: lines that the command prints for the reference run."""

import io
import re
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from analysis.readme.blocks import wrapped
from analysis.readme.markers import filled
from analysis.records.summary import Summary
from analysis.report.screen import print_screen
from analysis.report.terminal import print_report

DOCUMENT = "docs/how-to-read-a-report.md"
_COLUMNS = 100
_PAIR = ("session-redis", "jwt-hs256")
_SHOWN = ("none", "session-redis", "session-redis (twin)", "jwt-hs256")


def printed_document(text: str, summary: Summary) -> str:
    """Return the tutorial with every block written anew. Failure for a block of unknown name."""
    screen, report = (_printed(show, summary) for show in (print_screen, print_report))
    writers: dict[str, Callable[[], str]] = {
        "command": lambda: _command(summary),
        "screen-verdicts": lambda: _shown(_between(screen, "", "At ")),
        "screen-so-what": lambda: _shown(_paragraph(screen, "At ")),
        "screen-table": lambda: _shown(_rows(_between(screen, summary.operation, "sure "))),
        "screen-sure": lambda: _shown([*_paragraph(screen, "sure ")[:1], *_first(screen, r"\d+ more: ")]),
        "report-status": lambda: _shown(_between(report, "", _PAIR[0])),
        "report-answer": lambda: _shown(_between(report, _PAIR[0], _PAIR[0])),
        "report-cost": lambda: _shown(_rows(_paragraph(report, "CPU per request, us"))),
        "report-floor": lambda: _shown(_first(report, "noise floor ")),
        "report-latency": lambda: _shown(_rows(_paragraph(report, "Latency, ms"))),
        "report-throughput": lambda: _shown(_rows(_paragraph(report, "Throughput: "))),
        "report-pair": lambda: _shown(_paragraph(report, " / ".join(_PAIR))),
        "report-library": lambda: _shown(_between(report, r"Of the .* that jwt-", "!")),
        "report-mark": lambda: _shown(_first(report, "! ")),
    }
    return filled(text, DOCUMENT, writers)


def _printed(show: Callable[[Summary, Path, Console], None], summary: Summary) -> list[str]:
    text = io.StringIO()
    show(summary, Path("results/derived") / summary.run_id, Console(file=text, width=_COLUMNS))
    return [line.rstrip() for line in text.getvalue().splitlines()]


def _command(summary: Summary) -> str:
    run = wrapped(
        f"The example is the committed run `{summary.run_id}` of `make bench`. Rebuild it yourself:"
    )
    return f"{run}\n\n```sh\n.venv/bin/authbench report results/reference/raw/{summary.run_id}\n```"


def _shown(lines: list[str]) -> str:
    return "\n".join(["```text", *lines, "```"])


def _between(lines: list[str], first: str, after: str) -> list[str]:
    """Those from the first that begins with `first` to before the next that begins with `after`."""
    begin = next(number for number, line in enumerate(lines) if re.match(first, line))
    rest = lines[begin + 1 :]
    end = next((number for number, line in enumerate(rest) if re.match(after, line)), len(rest))
    return [line for line in lines[begin : begin + 1 + end] if line]


def _paragraph(lines: list[str], first: str) -> list[str]:
    """Those from the first that begins with `first` to before the next empty one."""
    return _between(lines, first, "$")


def _first(lines: list[str], first: str) -> list[str]:
    """The first line that begins so; none if no line does."""
    return [line for line in lines if re.match(first, line)][:1]


def _rows(table: list[str]) -> list[str]:
    """Keep the heading of a table, and the rows of the arms that the tutorial is about."""
    body = next(number for number, line in enumerate(table) if line.startswith("─")) + 1
    shown = [
        line for line in table[body:] if re.split(r" {2,}", line)[0].removesuffix(" (control)") in _SHOWN
    ]
    return [*table[:body], *shown]
