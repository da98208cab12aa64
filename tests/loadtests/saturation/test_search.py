"""The search against simulated servers whose capacity is known."""

import time
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from analysis.saturation.bracket import bounds
from authbench.contracts.saturation.trial import THOROUGH_EFFORT, Effort, Fault, Objective, Trial
from loadtests.saturation.scheme_search import Ask, Order, SchemeSearch, SearchEnd
from loadtests.saturation.search import Counted, SearchFault, search
from tests.analysis.saturation.made_trials import EFFORT, FULL, LATE, OBJECTIVES, queue_trial, trial

STRICT = Objective(limit_ms=25, bad_share=0.01)
COST_US = 800.0


def _searched(capacity_rps: float, effort: Effort, seed: int) -> tuple[float | None, float | None, float]:
    """Bracket and seconds measured of a server that is slowed in 15 % of the trials."""
    source = np.random.default_rng(seed)
    trials: list[Trial] = []

    def measure(seconds: float, rate_rps: float) -> Counted:
        served = capacity_rps * (source.uniform(0.4, 0.9) if source.random() < 0.15 else 1.0)
        trials.append(trial(rate_rps, (max(0.0, 1 - served / rate_rps), 0.0), seconds=seconds))
        return Counted(trials[-1].record.scheduled, trials[-1].bad[0])

    search(measure, STRICT.bad_share, effort, 20, 2000)
    lower, upper = bounds(trials, 0, STRICT, effort)
    return lower, upper, sum(one.record.duration_s for one in trials)


def test_a_capacity_of_400_is_found_though_one_trial_in_seven_is_disturbed() -> None:
    found = [_searched(400, THOROUGH_EFFORT, seed) for seed in range(20)]
    lowers = [lower for lower, _, _ in found if lower is not None]
    assert len(lowers) == len(found)
    assert 385 <= np.median(lowers) <= 404.1, "good up to 1 % of losses: 404"
    assert np.mean([lower >= 320 for lower in lowers]) >= 0.9
    assert max(lowers) <= 404.1
    for lower, upper, seconds in found:
        assert lower is not None
        assert upper is not None
        assert 0 < 1 - lower / upper <= 0.031
        assert seconds < 1200


@pytest.mark.parametrize(("capacity", "bracket"), [(5, (None, 20)), (9000, (2000, None))])
def test_a_capacity_outside_of_what_is_tried_has_one_bound(
    capacity: float, bracket: tuple[float | None, float | None]
) -> None:
    calm = 1000 * capacity if capacity > 2000 else capacity
    lower, upper, _ = _searched(calm, EFFORT, 1)
    assert (lower, upper) == bracket


def test_a_fault_of_the_package_is_told_as_one() -> None:
    def measure(seconds: float, rate_rps: float) -> Counted:
        raise RuntimeError("Higher load expected.")

    with pytest.raises(SearchFault, match="Higher load expected"):
        search(measure, 0.01, EFFORT, 20, 2000)


class Simulated:
    """Measures a simulated queue; `faulty` says what is wrong with a trial."""

    def __init__(self) -> None:
        self.source = np.random.default_rng(3)
        self.trials: list[Trial] = []

    def faults(self, order: Order) -> Sequence[Fault]:
        return ()

    def ask(self, order: Order) -> Trial:
        one = queue_trial(
            order.rate_rps,
            order.seconds,
            COST_US,
            self.source,
            faults=self.faults(order),
            attempt=order.attempt,
        )
        self.trials.append(one)
        return one


def _search(ask: Ask, ceiling_rps: float = 1500, within_s: float = 60, **changes: object) -> list[SearchEnd]:
    def lower_bound(trials: Sequence[Trial], place: int) -> float | None:
        return bounds(trials, place, OBJECTIVES[place], EFFORT)[0]

    effort = EFFORT.model_copy(update=changes)
    deadline_s = time.monotonic() + within_s
    one = SchemeSearch("session-redis", 0, OBJECTIVES, effort, lower_bound, ceiling_rps, deadline_s)
    return one.run(ask)


def _bounds(trials: Sequence[Trial], place: int) -> tuple[float | None, float | None]:
    return bounds([one for one in trials if not one.faults], place, OBJECTIVES[place], EFFORT)


def test_objectives_share_trials_and_both_are_bracketed() -> None:
    server = Simulated()
    assert [end.limit for end in _search(server.ask)] == [None, None]
    (low, high), (loose_low, loose_high) = (_bounds(server.trials, place) for place in (0, 1))
    assert None not in (low, high, loose_low, loose_high)
    assert low is not None
    assert loose_low is not None
    assert 1000 < low <= loose_low < 1250, "1250 fill the core"
    own = Simulated()
    _search(own.ask, 1500)
    by_rate = {(one.rate_rps, one.record.duration_s) for one in server.trials}
    assert len(by_rate) < len(server.trials), "a rate is measured more than once and no trial twice"


def test_a_rate_that_is_computed_on_another_way_is_the_same_rate() -> None:
    """Else a bracket could have both bounds there: trials of one search would not count in another."""
    server = Simulated()
    _search(server.ask)
    rates = sorted({one.rate_rps for one in server.trials})
    assert all(higher / lower > 1 + 1e-6 for lower, higher in pairwise(rates))
    one = SchemeSearch("s", 0, OBJECTIVES, EFFORT, lambda *_: None, 1500, time.monotonic() + 60)
    measured = one._measure(0, server.ask)(5.0, 4579.859312940268)
    before = len(server.trials)
    assert one._measure(1, server.ask)(5.0, 4579.859312940267).scheduled == measured.scheduled
    assert len(server.trials) == before


def test_a_later_objective_begins_where_an_earlier_one_was_kept() -> None:
    server = Simulated()
    ended: list[int] = []

    def lower_bound(trials: Sequence[Trial], place: int) -> float | None:
        if place == 1 and not ended:
            ended.append(len(server.trials))
        return bounds(trials, place, OBJECTIVES[place], EFFORT)[0]

    SchemeSearch("s", 0, OBJECTIVES, EFFORT, lower_bound, 1500, time.monotonic() + 60).run(server.ask)
    low, _ = _bounds(server.trials, 0)
    assert low is not None
    first, later = server.trials[: ended[0]], server.trials[ended[0] :]
    assert min(one.rate_rps for one in first) < low / 2
    assert all(one.rate_rps >= 0.999 * low for one in later)


class Disturbed(Simulated):
    """Every trial is invalid at its first attempts."""

    def __init__(self, attempts: int) -> None:
        super().__init__()
        self.attempts = attempts

    def faults(self, order: Order) -> Sequence[Fault]:
        return [LATE] if order.attempt < self.attempts else []


def test_an_invalid_trial_is_repeated_before_the_search_sees_it() -> None:
    server = Disturbed(2)
    assert [end.limit for end in _search(server.ask)] == [None, None]
    valid = [one for one in server.trials if not one.faults]
    assert len(server.trials) == 3 * len(valid)


def test_after_three_repeats_the_search_is_undetermined() -> None:
    server = Disturbed(4)
    ends = _search(server.ask)
    assert [end.limit for end in ends] == ["machine", "machine"]
    assert "4 trials at 1500 requests/s were invalid" in ends[0].why
    assert "the generator was late" in ends[0].why
    assert len(server.trials) == 8


class FullGenerator(Simulated):
    """The generator is full above a rate."""

    def __init__(self, limit_rps: float) -> None:
        super().__init__()
        self.limit_rps = limit_rps

    def faults(self, order: Order) -> Sequence[Fault]:
        return [FULL] if order.rate_rps > self.limit_rps else []


def test_where_the_generator_is_full_below_the_capacity_it_is_the_limit() -> None:
    server = FullGenerator(600)
    ends = _search(server.ask, repeats=0)
    assert [end.limit for end in ends] == ["generator", "generator"]
    lower, upper = _bounds(server.trials, 0)
    assert lower is not None
    assert 500 < lower <= 600
    assert upper is None


def test_a_generator_that_is_full_above_the_capacity_limits_nothing() -> None:
    server = FullGenerator(1400)
    assert [end.limit for end in _search(server.ask, repeats=0)] == [None, None]
    assert None not in _bounds(server.trials, 0)


def test_a_ceiling_that_was_kept_is_raised() -> None:
    server = Simulated()
    assert [end.limit for end in _search(server.ask, 700)] == [None, None]
    assert None not in _bounds(server.trials, 0)


def test_when_the_time_is_over_the_search_says_so() -> None:
    server = Simulated()
    ends = _search(server.ask, within_s=-1)
    assert [end.limit for end in ends] == ["time", "time"]
    assert server.trials == []
