"""Show the progress of a run on standard error: a bar on a terminal, a line now and then anywhere else."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from authbench.contracts.records import JudgedSlice
from loadtests.harness.run.outlook import Outlook

_LINE_EVERY_S = 15.0
_SUMMARISE_EVERY_S = 2.0
"""The answer so far is computed from every slice there is: after each of thousands it would slow the run."""
_SAYS_LITTLE_S = 5.0
"""Below it, what is left is 'a few seconds': no estimate is better than that."""

Summarise = Callable[[list[JudgedSlice]], str]
Clock = Callable[[], float]


class Ahead:
    """How much of a run is done, from the newest outlook and the time since then."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._started = self._told = clock()
        self._outlook: Outlook | None = None

    def learn(self, outlook: Outlook) -> None:
        self._outlook, self._told = outlook, self._clock()

    @property
    def elapsed_s(self) -> float:
        return self._clock() - self._started

    @property
    def remaining_s(self) -> float | None:
        """Seconds until the measuring ends, counted down since the newest outlook; None: not known yet."""
        if self._outlook is None or self._outlook.remaining_s is None:
            return None
        return max(0.0, self._outlook.remaining_s - (self._clock() - self._told))

    @property
    def share(self) -> float | None:
        """Of the run's time, how much has passed; None: not known yet. Below 1 while it measures."""
        left_s = self.remaining_s
        return None if left_s is None else min(0.99, self.elapsed_s / max(self.elapsed_s + left_s, 1e-9))

    @property
    def place(self) -> str:
        """'generation 3 of about 12, slice 17 of 64': where the run is."""
        if self._outlook is None:
            return ""
        one = self._outlook
        where = f"generation {one.generation + 1} of about {one.generations_expected}"
        if not one.slices_done_in_generation or not one.slices_of_generation:
            return where
        # A void slice is measured again, so more may be measured than were planned.
        planned = max(one.slices_of_generation, one.slices_done_in_generation)
        return f"{where}, slice {one.slices_done_in_generation} of {planned}"

    @property
    def left(self) -> str:
        """'about 2 min 10 s left'; before the first generation has ended, when it will be known."""
        left_s = self.remaining_s
        if left_s is None:
            return "time left known after the first generation" if self._outlook else ""
        return "a few seconds left" if left_s < _SAYS_LITTLE_S else f"about {duration(left_s)} left"


def duration(seconds: float) -> str:
    """'45 s', '2 min 10 s': to 5 seconds above a minute, as no estimate is better than that."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(5 * round(seconds / 5), 60)
    return f"{minutes:.0f} min {rest:02.0f} s"


class LineProgress:
    """Progress for logs: a line for each phase, and one every quarter of a minute."""

    def __init__(
        self, summarise: Summarise, console: Console | None = None, clock: Clock = time.monotonic
    ) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._summarise = summarise
        self._clock = clock
        self._ahead = Ahead(clock)
        self._last = clock()

    def phase(self, text: str) -> None:
        """Say that a new step begins."""
        share = self._ahead.share
        self._say(text if share is None else f"{text} ({share:.0%} done, {self._ahead.left})")

    def outlook(self, outlook: Outlook) -> None:
        self._ahead.learn(outlook)

    def slices(self, recorded: list[JudgedSlice]) -> None:
        """Say where the run is, if nothing was said for a while."""
        if self._clock() - self._last < _LINE_EVERY_S:
            return
        share, ahead = self._ahead.share, self._ahead
        done = "" if share is None else f"{share:.0%} done"
        parts = (ahead.place, done, ahead.left, self._summarise(recorded))
        self._say("; ".join(part for part in parts if part))

    def _say(self, text: str) -> None:
        self._last = self._clock()
        self._console.print(f"[{self._ahead.elapsed_s:4.0f} s] {text}", markup=False)


class BarProgress:
    """Progress for a person at a terminal. Painted when something is told, never by a thread of its own."""

    def __init__(self, progress: Progress, summarise: Summarise, clock: Clock = time.monotonic) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None, left="", so_far="")
        self._summarise, self._so_far = summarise, ""
        self._clock, self._summarised_at = clock, -math.inf
        self._ahead = Ahead(clock)

    def phase(self, text: str) -> None:
        """Say that a new step begins."""
        self._paint(text)

    def outlook(self, outlook: Outlook) -> None:
        self._ahead.learn(outlook)

    def slices(self, recorded: list[JudgedSlice]) -> None:
        """Say how far the run is and how its answer looks."""
        if self._clock() - self._summarised_at >= _SUMMARISE_EVERY_S:
            self._so_far, self._summarised_at = self._summarise(recorded), self._clock()
        self._paint(self._ahead.place or "measuring")

    def _paint(self, description: str) -> None:
        share = self._ahead.share
        self._progress.update(
            self._task,
            description=description,
            completed=share,
            total=None if share is None else 1.0,
            left=self._ahead.left,
            so_far=self._so_far,
        )
        self._progress.refresh()


@contextlib.contextmanager
def show_progress(
    summarise: Summarise, console: Console | None = None
) -> Iterator[BarProgress | LineProgress]:
    """The progress display that fits where standard error goes."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield LineProgress(summarise)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.fields[so_far]}"),
    )
    # No refresh of its own: a thread that paints would run inside measured windows.
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as progress:
        yield BarProgress(progress, summarise)
