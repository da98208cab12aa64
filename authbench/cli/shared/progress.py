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

_LINE_EVERY_S = 15.0


class LineProgress:
    """Progress for logs: a line for each phase, and one every quarter of a minute."""

    def __init__(self, summarise: Callable[[list[JudgedSlice]], str]) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._summarise = summarise
        self._started = self._last = time.monotonic()
        self._first: tuple[float, int] | None = None

    def phase(self, text: str) -> None:
        """Say that a new step begins."""
        self._console.print(f"[{time.monotonic() - self._started:4.0f} s] {text}", markup=False)

    def slices(self, done: int, planned: int, recorded: list[JudgedSlice]) -> None:
        """Say how many of the planned slices are measured."""
        now = time.monotonic()
        if self._first is None:
            self._first = (now, done)
        if now - self._last < _LINE_EVERY_S:
            return
        self._last = now
        since, done_then = self._first
        left = (now - since) * max(planned - done, 0) / max(done - done_then, 1)
        self.phase(f"{done} of {planned} slices, about {left:.0f} s left; {self._summarise(recorded)}")


class BarProgress:
    """Progress for a person at a terminal."""

    def __init__(self, progress: Progress, summarise: Callable[[list[JudgedSlice]], str]) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None, so_far="")
        self._summarise = summarise

    def phase(self, text: str) -> None:
        self._progress.update(self._task, description=text)

    def slices(self, done: int, planned: int, recorded: list[JudgedSlice]) -> None:
        so_far = self._summarise(recorded)
        self._progress.update(self._task, completed=done, total=max(planned, done), so_far=so_far)
        self._progress.refresh()


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
