"""One round: a search of every scheme on one set of fresh processes, then the curve and the soak."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.records import SliceRecord
from authbench.contracts.saturation.trial import SOAK_SHARE, Effort, Objective, Purpose, Trial
from loadtests.harness.run.generation import Generation
from loadtests.harness.run.order import schedule_seed
from loadtests.harness.run.slice import SliceSetting
from loadtests.saturation.scheme_search import Ask, LowerBound, Order, SchemeSearch, SearchEnd
from loadtests.saturation.trial import FindFaults, as_trial
from loadtests.saturation.turns import in_turns

CURVE_SHARES = (0.10, 0.25, 0.40, 0.55, 0.70, 0.80, 0.90, 0.95)
"""Of a scheme's highest lower bound."""
_CEILING = 1.2
"""The highest rate tried first, by what the scheme serves in closed loop: more than any open loop."""
_CEILING_CONNECTIONS = 32
_CEILING_S = 0.5
_ATTEMPTS = 2
"""At a point of the curve and a soak: nothing else waits for them."""
_SOAKS = 2
"""Where the first misses: a bound may be missed in up to half of the time at it, and so may its soak."""


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

    def search(self) -> None:
        """Search all schemes, their trials in turns; `trials` and `ends` have what came of it."""
        ceilings = {label: _CEILING * self._closed_loop_rps(label) for label in self.generation.arms}
        self.generation.supply(max(ceilings.values()) * self._longest_load_s())
        deadline_s = time.monotonic() + self.effort.search_limit_s

        def task(label: str) -> Callable[[Ask], None]:
            one = SchemeSearch(
                scheme=label,
                round=self.number,
                objectives=self.objectives,
                effort=self.effort,
                lower_bound=self.lower_bound,
                ceiling_rps=ceilings[label],
                deadline_s=deadline_s,
            )
            return lambda ask: self.ends.extend(one.run(ask))

        in_turns({label: task(label) for label in ceilings}, self._measure)

    def curve(self, bounds_rps: Mapping[str, float]) -> None:
        """Measure every scheme from 10 to 95 % of its bound, the schemes in turns."""
        for share in CURVE_SHARES:
            for label, bound_rps in bounds_rps.items():
                self._tried(label, "curve", self.effort.curve_trial_s, share * bound_rps)

    def soak(self, bounds_rps: Mapping[str, Mapping[int, float]]) -> None:
        """Hold every scheme at 0.9 of each of its bounds (by the objective's place), and once more where it
        misses one of their objectives.
        """
        for label, bounds in bounds_rps.items():
            for bound_rps in dict.fromkeys(bounds.values()):
                own = [place for place, each in bounds.items() if each == bound_rps]
                for _ in range(_SOAKS):
                    trial = self._tried(label, "soak", self.effort.soak_s, SOAK_SHARE * bound_rps)
                    missed = [place for place in own if trial.misses(place, self.objectives[place])]
                    if trial.faults or not missed:
                        break

    def _tried(self, label: str, purpose: Purpose, seconds: float, rate_rps: float) -> Trial:
        """Measure, and once more where the trial is invalid: the last of them."""
        for attempt in range(_ATTEMPTS):
            trial = self._measure(label, Order(purpose, seconds, rate_rps, attempt))
            if not trial.faults:
                break
        return trial

    def _longest_load_s(self) -> float:
        """Seconds of load that one scheme can get: its share of the searches, the curve and the soaks."""
        shared_s = self.effort.search_limit_s / len(self.generation.arms)
        curve_s, soaks_s = len(CURVE_SHARES) * self.effort.curve_trial_s, self.effort.soak_s
        return shared_s + _ATTEMPTS * (curve_s + _SOAKS * len(self.objectives) * soaks_s)

    def _closed_loop_rps(self, label: str) -> float:
        """Reads that the scheme serves as fast as it can, requests a second: the better of two tries."""
        load = self.generation.bench.generators
        with self.generation.alone(label):
            return max(load.closed_loop_rps(label, _CEILING_S, _CEILING_CONNECTIONS, seed) for seed in (0, 1))

    def _measure(self, label: str, order: Order) -> Trial:
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
        _require_refusals(record)
        trial = as_trial(order.purpose, record, columns, self.objectives, self.find_faults)
        self.trials.append(trial)
        self.keep(trial)
        return trial


def _require_refusals(record: SliceRecord) -> None:
    """Failure where a bad credential was let in after a trial: what it did was no authentication."""
    for canary in record.canaries:
        if canary.expected_status == 401 and canary.status == 200:
            raise Failure(
                f"{record.arm}: a credential that must be refused was accepted ({canary.kind}): the search "
                "ends; fix the scheme, and search again",
                ExitCode.VERIFICATION,
            )
