"""The search of one scheme in one round, objective after objective, whatever it is that measures a trial."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from authbench.contracts.saturation.trial import Effort, Fault, Objective, Purpose, Trial
from loadtests.saturation.search import Counted, Measure, SearchFault, search

_HIGHER, _LOWER = 1.4, 0.85
"""What the ceiling is multiplied by where it was kept, and where the generator was full."""
_RAISES = 3
_LOWEST = 1 / 50
"""The lowest rate tried, by the ceiling."""
_AT_CEILING = 0.999
"""Of the ceiling, for what rounding leaves of it."""

LowerBound = Callable[[Sequence[Trial], int], float | None]
"""(valid search trials of one scheme and round, place of the objective) -> its lower bound."""
Limit = Literal["generator", "machine", "time", "fault"]


@dataclass(frozen=True)
class SearchEnd:
    """How the search of one scheme under one objective ended in one round."""

    round: int
    scheme: str
    objective: int
    """Its place in the list."""
    limit: Limit | None = None
    """generator: higher rates cannot be offered. The others: it ended undetermined. None: by itself."""
    why: str = ""


@dataclass(frozen=True)
class Order:
    """A trial that is wanted."""

    purpose: Purpose
    seconds: float
    rate_rps: float
    attempt: int


Ask = Callable[[Order], Trial]


class _GaveUp(Exception):
    """No valid trial at this rate."""

    def __init__(self, limit: Limit, rate_rps: float, why: str) -> None:
        super().__init__(why)
        self.limit, self.rate_rps = limit, rate_rps


@dataclass
class SchemeSearch:
    """Searches one scheme. A trial serves all objectives that ask for its like."""

    scheme: str
    round: int
    objectives: Sequence[Objective]
    effort: Effort
    lower_bound: LowerBound
    ceiling_rps: float
    """The highest rate tried; it is raised where it was kept, and lowered where the generator was full."""
    deadline_s: float
    """Of `time.monotonic`."""
    _full: str = ""
    """Why the ceiling was lowered."""
    _known: dict[tuple[float, float], list[Trial]] = field(default_factory=dict)
    """Valid trials by (seconds, requests a second), in the order measured."""

    def run(self, ask: Ask) -> list[SearchEnd]:
        """Search under each objective; how each search ended."""
        return [self._search(place, ask) for place in range(len(self.objectives))]

    def _search(self, place: int, ask: Ask) -> SearchEnd:
        raises = 0
        while True:
            ceiling_rps = self.ceiling_rps
            lowest_rps = self._lowest_rps(place)
            loss_share = self.objectives[place].bad_share
            try:
                search(self._measure(place, ask), loss_share, self.effort, lowest_rps, ceiling_rps)
            except _GaveUp as gave_up:
                if gave_up.limit != "generator" or gave_up.rate_rps < 2 * _LOWEST * ceiling_rps:
                    return self._end(place, gave_up.limit, str(gave_up))
                self.ceiling_rps, self._full = _LOWER * gave_up.rate_rps, str(gave_up)
                continue
            except SearchFault as fault:
                return self._end(place, "fault", str(fault))
            if self._kept_rps(place) < _AT_CEILING * ceiling_rps or raises == _RAISES:
                return self._end(place)
            if self._full:
                return self._end(place, "generator", self._full)
            self.ceiling_rps, raises = _HIGHER * ceiling_rps, raises + 1

    def _kept_rps(self, place: int) -> float:
        """The lower bound that all valid trials so far give; 0 where they give none."""
        return self.lower_bound([one for trials in self._known.values() for one in trials], place) or 0.0

    def _lowest_rps(self, place: int) -> float:
        """Where to begin: at a rate that is known to be kept, or else far below the ceiling.

        What an earlier search has shown needs no second search: each trial that keeps 25 ms keeps 50 ms.
        """
        kept_rps = self._kept_rps(place)
        below_ceiling = kept_rps < (1 - self.effort.relative_width) * self.ceiling_rps
        return kept_rps if kept_rps and below_ceiling else _LOWEST * self.ceiling_rps

    def _end(self, place: int, limit: Limit | None = None, why: str = "") -> SearchEnd:
        return SearchEnd(self.round, self.scheme, place, limit, why)

    def _measure(self, place: int, ask: Ask) -> Measure:
        """Give a search its trials: those that another objective asked for first, then fresh ones."""
        used: dict[tuple[float, float], int] = {}

        def measure(seconds: float, wanted_rps: float) -> Counted:
            # Two searches compute a rate on two ways: what differs in the sixteenth digit is one rate.
            rate_rps = float(f"{wanted_rps:.6g}")
            key = (seconds, rate_rps)
            trials, number = self._known.setdefault(key, []), used.get(key, 0)
            used[key] = number + 1
            if number == len(trials):
                trials.append(self._valid(ask, seconds, rate_rps))
            trial = trials[number]
            return Counted(trial.record.scheduled, trial.bad[place])

        return measure

    def _valid(self, ask: Ask, seconds: float, rate_rps: float) -> Trial:
        """A valid trial. An invalid one is repeated in a later turn, a few times."""
        faults: Sequence[Fault] = ()
        for attempt in range(self.effort.repeats + 1):
            if time.monotonic() > self.deadline_s:
                raise _GaveUp("time", rate_rps, f"the {self.effort.search_limit_s:g} s for searches are over")
            trial = ask(Order("search", seconds, rate_rps, attempt))
            if not trial.faults:
                return trial
            faults = trial.faults
        first = next((fault for fault in faults if fault.whose == "generator"), faults[0])
        why = (
            f"{self.effort.repeats + 1} trials at {rate_rps:.0f} requests/s were invalid, the last because "
            f"{first.sentence} ({first.rule})"
        )
        raise _GaveUp(first.whose, rate_rps, why)
