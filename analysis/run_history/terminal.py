"""Print the history of runs on a terminal or in a file. Piped: 100 columns, no colour."""

import textwrap
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from analysis.records.run_history import ExperimentHistory, PastAnswer, PastRun, RunHistory
from analysis.report import sentences
from analysis.report.console import cut, open_console, plain

_HEADS = ("run", "CPU us/request", "CPU/request", "p50", "requests/s")
_GAP = "  "
_INDENT = " " * 4
_ITEM_MOST = 70
_ITEMS_MOST = 6
"""Of what changed: how long one may be, and how many are told. `--json` has all of it."""
_MARKS = {"equivalent": " =", "below-noise-floor": " ?", "inconclusive": " ?", "slower": "", "faster": ""}
_LEGEND = (
    "Above 0: the first of the two costs, takes or serves more; in brackets the 95% interval. "
    "=: the same within the margin. ?: not told apart. *: a committed run. "
    "Runs of other conditions cannot be held against each other: authbench compare refuses them (V39)."
)


def print_history(history: RunHistory, console: Console | None = None) -> None:
    """Print a table for each experiment, a line for each run, and below a line what changed before it."""
    console = open_console(console)

    def say(text: str, style: str = "") -> None:
        console.print(Text(plain(console, text), style=style), soft_wrap=True)

    for experiment in history.experiments:
        say(_title(experiment), "bold")
        for line in _lines(experiment, console.width):
            say(line)
        say("")
    for line in textwrap.wrap(_LEGEND, console.width):
        say(line)


def _title(experiment: ExperimentHistory) -> str:
    pair = f": {experiment.a} against {experiment.b}" if experiment.a else ""
    return f"{experiment.experiment}{pair}"


def _lines(experiment: ExperimentHistory, width: int) -> Iterator[str]:
    rows = [(run, _cells(run)) for run in experiment.runs]
    names = max(len(_name(run)) for run in experiment.runs)
    answered = [cells for _, cells in rows if cells]
    widths = [max(map(len, column)) for column in zip(_HEADS[1:], *answered, strict=True)]
    if answered:
        yield _row("run".ljust(names), _HEADS[1:], widths)
    for index, (run, cells) in enumerate(rows):
        if index:
            yield from _changes(run, width)
        if cells:
            yield _row(_name(run).ljust(names), cells, widths)
        else:
            yield cut(f"{_name(run):<{names}}{_GAP}{run.missing}", width)


def _row(name: str, cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return _GAP.join([name, *padded]).rstrip()


def _name(run: PastRun) -> str:
    return f"{run.run_id} *" if run.committed else run.run_id


def _cells(run: PastRun) -> list[str]:
    """The cost as a difference, then every answer as a share; empty: the run has none."""
    if not run.answers:
        return []
    cost = run.answers[0].comparison
    difference = sentences.difference(cost).replace(" us", "") if cost else ""
    return [difference or "-", *map(_share, run.answers)]


def _share(answer: PastAnswer) -> str:
    """'+18% [15, 21]' with the mark of the verdict, or in two words why there is none."""
    found = answer.comparison
    if found is None or found.ratio is None:
        return answer.reason.partition(":")[0]
    low, high = ("?" if end is None else f"{(end - 1) * 100:z.0f}" for end in (found.low, found.high))
    return f"{(found.ratio - 1) * 100:+z.0f}% [{low}, {high}]{_MARKS[found.verdict]}"


def _changes(run: PastRun, width: int) -> Iterator[str]:
    """What changed since the run above; nothing where nothing did."""
    if not run.changed:
        return
    told = [cut(item, _ITEM_MOST) for item in run.changed[:_ITEMS_MOST]]
    if more := len(run.changed) - len(told):
        told.append(f"and {more} more: --json")
    then = "changed" if run.comparable else "other conditions"
    yield from textwrap.wrap(
        f"{then}: {'; '.join(told)}", width, initial_indent=_INDENT, subsequent_indent=_INDENT
    )
