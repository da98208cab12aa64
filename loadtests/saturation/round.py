"""One round: a search of every scheme on one set of fresh processes, then the curve and the soak."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from authbench.contracts.saturation.trial import SOAK_SHARE, Effort, Fault, Objective, Purpose, Trial
from loadtests.harness.run.generation import Generation
from loadtests.harness.run.order import schedule_seed
from loadtests.harness.run.slice import SliceSetting
from loadtests.saturation.search import Counted, SearchFault, search
from loadtests.saturation.trial import FindFaults, as_trial
from loadtests.saturation.turns import in_turns

CURVE_SHARES = (0.10, 0.25, 0.40, 0.55, 0.70, 0.80, 0.90, 0.95)
"""Of a scheme's highest lower bound."""
_CEILING = 1.2
"""The highest rate tried first, by what the scheme serves in closed loop: more than any open loop."""
_CEILING_CONNECTIONS = 32
_HIGHER, _LOWER = 1.4, 0.85
"""What the ceiling is multiplied by where it was kept, and where the generator was full."""
_RAISES = 3
_LOWEST = 1 / 50
"""The lowest rate tried, by the ceiling."""

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
class _Order:
    """What a search asks for."""

    purpose: Purpose
    seconds: float
    rate_rps: float
    attempt: int


_Ask = Callable[[_Order], Trial]


class _GaveUp(Exception):
    """No valid trial at this rate."""

    def __init__(self, limit: Limit, rate_rps: float, why: str) -> None:
        super().__init__(why)
        self.limit, self.rate_rps = limit, rate_rps


@dataclass
class Round:
    """The state of one round."""

    number: int
    generation: Generation
    objectives: Sequence[Objective]
    effort: Effort
    seed: int
    find_faults: FindFaults
    lower_bound: LowerBound
    keep: Callable[[Trial], None]
    trials: list[Trial] = field(default_factory=list)
    ends: list[SearchEnd] = field(default_factory=list)
    _deadline_s: float = 0.0

    def search(self) -> None:
        """Search all schemes, their trials in turns; `trials` and `ends` have what came of it."""
        ceilings = {label: _CEILING * self._closed_loop_rps(label) for label in self.generation.arms}
        self._deadline_s = time.monotonic() + self.effort.search_limit_s
        searches = {label: partial(self._search, label, ceiling) for label, ceiling in ceilings.items()}
        in_turns(searches, self._measure)

    def curve(self, bounds_rps: Mapping[str, float]) -> None:
        """Measure every scheme from 10 to 95 % of its bound, the schemes in turns."""
        for share in CURVE_SHARES:
            for label, bound_rps in bounds_rps.items():
                self._tried(label, "curve", self.effort.curve_trial_s, share * bound_rps)

    def soak(self, bounds_rps: Mapping[str, Sequence[float]]) -> None:
        """Hold every scheme at 0.9 of each of its bounds."""
        for label, bounds in bounds_rps.items():
            for bound_rps in dict.fromkeys(bounds):
                self._tried(label, "soak", self.effort.soak_s, SOAK_SHARE * bound_rps)

    def _tried(self, label: str, purpose: Purpose, seconds: float, rate_rps: float) -> None:
        """Measure until a trial is valid or there were enough; a place without one stays empty."""
        for attempt in range(self.effort.repeats + 1):
            if not self._measure(label, _Order(purpose, seconds, rate_rps, attempt)).faults:
                return

    def _closed_loop_rps(self, label: str) -> float:
        """What the scheme serves as fast as it can, the better of two tries."""
        load = self.generation.bench.generators
        seconds = min(0.5, self.effort.final_trial_s)
        with self.generation.alone(label):
            return max(load.closed_loop_rps(label, seconds, _CEILING_CONNECTIONS, seed) for seed in range(2))

    def _measure(self, label: str, order: _Order) -> Trial:
        """Offer the rate; the trial is kept, valid or not."""
        place = sum(trial.scheme == label for trial in self.trials)
        setting = SliceSetting(
            generation=self.number,
            cycle=place,
            position=list(self.generation.arms).index(label),
            attempt=order.attempt,
            arm=label,
            offered_rate_rps=order.rate_rps,
            duration_s=order.seconds,
            schedule_seed=schedule_seed(self.seed, self.number, place),
        )
        with self.generation.alone(label):
            record, columns = self.generation.meter.measure(setting, self.generation.arms[label])
        trial = as_trial(order.purpose, record, columns, self.objectives, self.find_faults)
        self.trials.append(trial)
        self.keep(trial)
        return trial

    def _search(self, label: str, ceiling_rps: float, ask: _Ask) -> None:
        """Search one scheme under one objective after the other; a trial serves all that ask for its like."""
        known: dict[tuple[float, float], list[Trial]] = {}
        full_why = ""
        for place, objective in enumerate(self.objectives):
            end, raises = SearchEnd(self.number, label, place), 0
            while True:
                measure = self._from(known, ask, place)
                try:
                    search(measure, objective.bad_share, self.effort, _LOWEST * ceiling_rps, ceiling_rps)
                except _GaveUp as gave_up:
                    if gave_up.limit == "generator" and gave_up.rate_rps > 2 * _LOWEST * ceiling_rps:
                        ceiling_rps, full_why = _LOWER * gave_up.rate_rps, str(gave_up)
                        continue
                    end = SearchEnd(self.number, label, place, gave_up.limit, str(gave_up))
                except SearchFault as fault:
                    end = SearchEnd(self.number, label, place, "fault", str(fault))
                else:
                    valid = [trial for trials in known.values() for trial in trials]
                    kept_rps = self.lower_bound(valid, place) or 0.0
                    if kept_rps >= 0.999 * ceiling_rps and full_why:
                        end = SearchEnd(self.number, label, place, "generator", full_why)
                    elif kept_rps >= 0.999 * ceiling_rps and raises < _RAISES:
                        ceiling_rps, raises = _HIGHER * ceiling_rps, raises + 1
                        continue
                break
            self.ends.append(end)

    def _from(
        self, known: dict[tuple[float, float], list[Trial]], ask: _Ask, place: int
    ) -> Callable[[float, float], Counted]:
        """Give a search its trials: those that another objective asked for first, then fresh ones."""
        used: dict[tuple[float, float], int] = {}

        def measure(seconds: float, rate_rps: float) -> Counted:
            key = (seconds, rate_rps)
            trials, number = known.setdefault(key, []), used.get(key, 0)
            used[key] = number + 1
            if number == len(trials):
                trials.append(self._valid(ask, seconds, rate_rps))
            trial = trials[number]
            return Counted(trial.record.scheduled, trial.bad[place])

        return measure

    def _valid(self, ask: _Ask, seconds: float, rate_rps: float) -> Trial:
        """A valid trial. An invalid one is repeated in a later turn, a few times."""
        faults: Sequence[Fault] = ()
        for attempt in range(self.effort.repeats + 1):
            if time.monotonic() > self._deadline_s:
                raise _GaveUp("time", rate_rps, f"the {self.effort.search_limit_s:g} s for searches are over")
            trial = ask(_Order("search", seconds, rate_rps, attempt))
            if not trial.faults:
                return trial
            faults = trial.faults
        full = [fault for fault in faults if fault.whose == "generator"]
        first = (full or faults)[0]
        why = (
            f"{self.effort.repeats + 1} trials at {rate_rps:.0f} requests/s were invalid, the last because "
            f"{first.sentence} ({first.rule})"
        )
        raise _GaveUp(first.whose, rate_rps, why)
