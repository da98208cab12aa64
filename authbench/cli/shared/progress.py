"""Show the progress of a run on standard error: a bar on a terminal, a line now and then anywhere else."""

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from authbench.contracts.records import JudgedSlice
from loadtests.harness.run.outlook import Outlook

_LINE_EVERY_S = 15.0


class LineProgress:
    """Progress for logs: a line for each phase, and one every quarter of a minute."""

    def __init__(self, summarise: Callable[[list[JudgedSlice]], str]) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._summarise = summarise
        self._started = self._last = time.monotonic()
        self._outlook: Outlook | None = None

    def phase(self, text: str) -> None:
        """Say that a new step begins."""
        self._console.print(f"[{time.monotonic() - self._started:4.0f} s] {text}", markup=False)

    def outlook(self, outlook: Outlook) -> None:
        """Remember how far the run is, for the next line."""
        self._outlook = outlook

    def slices(self, recorded: list[JudgedSlice]) -> None:
        """Say now and then how far the run is."""
        now = time.monotonic()
        if now - self._last < _LINE_EVERY_S:
            return
        self._last = now
        self.phase(f"{_how_far(self._outlook)}; {self._summarise(recorded)}")


class BarProgress:
    """Progress for a person at a terminal."""

    def __init__(self, progress: Progress, summarise: Callable[[list[JudgedSlice]], str]) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None, so_far="")
        self._summarise = summarise
        self._started = time.monotonic()

    def phase(self, text: str) -> None:
        self._progress.update(self._task, description=text)

    def outlook(self, outlook: Outlook) -> None:
        left_s = outlook.remaining_s
        total = None if left_s is None else time.monotonic() - self._started + left_s
        done = None if total is None else time.monotonic() - self._started
        self._progress.update(self._task, completed=done, total=total)
        self._progress.refresh()

    def slices(self, recorded: list[JudgedSlice]) -> None:
        self._progress.update(self._task, so_far=self._summarise(recorded))


def _how_far(outlook: Outlook | None) -> str:
    if outlook is None:
        return "measuring"
    where = f"generation {outlook.generation + 1} of about {outlook.generations_expected}"
    left_s = outlook.remaining_s
    return where if left_s is None else f"{where}, about {left_s:.0f} s left"


@contextlib.contextmanager
def show_progress(summarise: Callable[[list[JudgedSlice]], str]) -> Iterator[BarProgress | LineProgress]:
    """The progress display that fits where standard error goes."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield LineProgress(summarise)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[so_far]}"),
    )
    # No refresh of its own: a thread that paints would run inside measured windows.
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as progress:
        yield BarProgress(progress, summarise)
