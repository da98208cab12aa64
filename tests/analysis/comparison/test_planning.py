"""The run's plan: the formula, its clamps, and what a run that follows it promises."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.comparison.costs import Costs
from analysis.comparison.planning import (
    best_cycles,
    choose_cycles,
    expected_from,
    generations_expected,
    plan_cycles,
    plan_from,
    predicted_half_width,
)
from analysis.comparison.stopping import why_stop
from analysis.statistics.intervals import VarianceComponents, nested_ratio, variance_components
from authbench.contracts.experiment import Experiment
from authbench.contracts.records import GenerationTimes, RunPlan
from loadtests.harness.run.outlook import UnderWay, outlook
from tests.analysis.build_run import MiniRun, experiment

_EIGHT_ARMS = Costs(start_s=16.0, cycle_s=2.0)


def _noise(within: float, between: float) -> VarianceComponents:
    return VarianceComponents(within**2, between**2, 6.0)


def _times(*generations: tuple[float, float]) -> list[GenerationTimes]:
    """(start, cycles) of each generation, in seconds."""
    elapsed, times = 0.0, []
    for number, (start, cycles) in enumerate(generations):
        elapsed += start + cycles
        times.append(
            GenerationTimes(
                generation=number, arms=4, start_s={"start": start}, cycles_s=cycles, elapsed_s=elapsed
            )
        )
    return times


def test_the_formula_is_kalibera_and_jones_s() -> None:
    assert best_cycles(_noise(0.10, 0.05), _EIGHT_ARMS) == pytest.approx(math.sqrt(8 * 4))
    assert best_cycles(_noise(0.10, 0.0), _EIGHT_ARMS) is None
    assert best_cycles(_noise(0.10, 0.05), Costs(16.0, 0.0)) is None


def test_the_half_width_has_t_of_the_generations_and_the_cycles_of_all() -> None:
    assert predicted_half_width(0.01, 0.0, 4, 5) == pytest.approx(2.7764 * math.sqrt(0.0025 / 5), rel=1e-4)
    assert predicted_half_width(0.01, 0.0, 16, 5) == pytest.approx(
        predicted_half_width(0.01, 0.0, 4, 5) / 2, rel=1e-9
    )


@pytest.mark.parametrize(
    ("within", "between", "costs", "left_s", "cycles"),
    [
        (0.11, 0.0, _EIGHT_ARMS, 240.0, 10),
        (0.11, 0.0, _EIGHT_ARMS, 36.0 * 60 * 2, 16),  # more generations than 60 are not allowed
        (0.11, 0.2, _EIGHT_ARMS, 240.0, 4),  # a restart changes more than any cycle
        (0.11, 0.0, Costs(1000.0, 0.1), 100_000.0, 16),  # cycles cost nothing beside a start
        (0.11, 0.0, _EIGHT_ARMS, 20.0, 4),  # not even the least generations fit
        (0.11, 0.0, Costs(16.0, 2.0), 3 * (16.0 + 2.0 * 5), 5),  # as many as let five generations fit
    ],
)
def test_cycles_are_chosen_for_the_narrowest_interval_in_the_time_left(
    within: float, between: float, costs: Costs, left_s: float, cycles: int
) -> None:
    assert choose_cycles(_noise(within, between), costs, left_s, 2, 5, 60) == cycles


_SD = st.floats(0, 1)
_SECONDS = st.floats(0, 1000)


@given(_SD, _SD, _SECONDS, _SECONDS, st.floats(-100, 10_000), st.integers(2, 10))
def test_whatever_is_measured_there_are_4_to_16_cycles(
    within: float, between: float, start_s: float, cycle_s: float, left_s: float, done: int
) -> None:
    costs = Costs(start_s, cycle_s)
    assert 4 <= choose_cycles(_noise(within, between), costs, left_s, done, 5, 20) <= 16


@given(st.floats(0.01, 1), st.floats(0, 0.2), st.floats(0.1, 100), st.floats(0.1, 10), st.floats(0, 5000))
def test_more_noise_between_generations_never_asks_for_more_cycles(
    within: float, step: float, start_s: float, cycle_s: float, left_s: float
) -> None:
    costs = Costs(start_s, cycle_s)
    chosen = [choose_cycles(_noise(within, step * k), costs, left_s, 2, 5, 100) for k in range(6)]
    assert all(later <= earlier for earlier, later in pairwise(chosen))


@given(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0.1, 100), st.floats(0.1, 10), st.floats(1, 3))
def test_the_formula_rises_with_noise_within_and_the_price_of_a_start(
    within: float, between: float, start_s: float, cycle_s: float, more: float
) -> None:
    base = best_cycles(_noise(within, between), Costs(start_s, cycle_s))
    assert base is not None
    noisier = best_cycles(_noise(within * more, between), Costs(start_s, cycle_s))
    dearer = best_cycles(_noise(within, between), Costs(start_s * more**2, cycle_s))
    assert noisier == pytest.approx(base * more)
    assert dearer == pytest.approx(base * more)


def test_a_plan_is_made_after_two_generations_and_only_with_a_budget() -> None:
    mini, times = MiniRun(generations=2), _times((8.0, 4.0), (5.0, 4.0))
    budget = experiment(time_budget_s=100.0)
    first = [judged for judged in mini.slices if judged.measured.generation == 0]
    assert plan_cycles(first, budget, times[:1]) is None
    assert plan_cycles(mini.slices, experiment(), times) is None
    assert plan_cycles(mini.slices, experiment(time_budget_s=100.0, compare=[]), times) is None
    plan = plan_cycles(mini.slices, budget, times)
    assert plan is not None
    assert (plan.after_generations, plan.start_s, plan.cycle_s) == (2, 5.0, 1.0)
    assert 4 <= plan.cycles <= 16


def test_with_one_cycle_in_each_generation_the_plan_waits() -> None:
    mini = MiniRun(generations=2, cycles=1)
    assert plan_cycles(mini.slices, experiment(time_budget_s=60.0, cycles=1), _times((1, 1), (1, 1))) is None


def test_expected_are_as_many_as_the_half_width_needs_and_the_time_has_room_for() -> None:
    times = _times((5.0, 4.0), (5.0, 4.0))
    quiet = MiniRun(generations=2, noise=0.002).slices
    wild = MiniRun(generations=2, noise=0.5).slices
    assert generations_expected([], experiment(), [], None) == 2
    assert generations_expected(quiet, experiment(), times, None) == 3
    assert generations_expected(wild, experiment(), times, None) == 6
    budget = experiment(time_budget_s=9.0 * 4 + 1)
    assert generations_expected(wild, budget, times, None) == 4
    assert generations_expected([], experiment(judged_by="correctness"), times, None) == 6


class _SimulatedRun:
    """A run whose cycles' log-ratios and times are drawn, and which plans and stops as a real one does."""

    def __init__(self, source: np.random.Generator, between: float, plan: Experiment) -> None:
        self.primary: dict[int, list[float]] = {}
        self.times: list[GenerationTimes] = []
        self.plan: RunPlan | None = None
        self.remaining_s: list[float] = []
        """After each generation: what the outlook says that the rest of the run takes."""
        twin: dict[int, list[float]] = {}
        elapsed = 0.0
        while True:
            number = len(self.times)
            cycles = self.plan.cycles if self.plan else plan.cycles
            restart = source.normal(0, between)
            self.primary[number] = (restart + source.normal(0, 0.11, cycles)).tolist()
            twin[number] = source.normal(0, 0.11, cycles).tolist()
            start, measured = source.lognormal(math.log(16), 0.1), 2.0 * cycles
            start += 12 if number == 0 else 0
            elapsed += start + measured
            self.times.append(
                GenerationTimes(
                    generation=number,
                    arms=8,
                    start_s={"start": start},
                    cycles_s=measured,
                    elapsed_s=elapsed,
                )
            )
            found = variance_components(self.primary)
            if self.plan is None and number >= 1:
                self.plan = plan_from(found, plan, self.times)
            if why_stop(self.primary, twin, number + 1, plan, self.times, self.plan):
                return
            expected = expected_from(found, plan, self.times, self.plan)
            slices = [8 * len(cycles) for cycles in self.primary.values()]
            planned = 8 * (self.plan.cycles if self.plan else plan.cycles)
            under = UnderWay(spent_s=0.0, start_s=None, slices_done=0, slices_planned=planned)
            remaining_s = outlook(self.times, expected, slices, under).remaining_s
            assert remaining_s is not None
            self.remaining_s.append(remaining_s)

    def remaining_is_right(self, generation: int) -> bool:
        """Whether what was said after so many generations was within a fifth of the run's whole time."""
        whole_s = self.times[-1].elapsed_s
        left_s = whole_s - self.times[generation - 1].elapsed_s
        return abs(self.remaining_s[generation - 1] - left_s) <= whole_s / 5


_QUICK = experiment(
    cycles=6, generations_min=5, generations_max=20, half_width=0.03, time_budget_s=300.0, slice_s=0.25
)


@pytest.mark.parametrize("between", [0.0, 0.02, 0.05])
def test_a_run_that_plans_itself_keeps_the_promise_of_its_interval(between: float) -> None:
    source = np.random.default_rng(20)
    runs = [_SimulatedRun(source, between, _QUICK) for _ in range(600)]
    covered = [nested_ratio(run.primary).log.contains(0.0) for run in runs]
    assert np.mean(covered) >= 0.93
    assert all(5 <= len(run.times) <= 20 for run in runs)
    assert all(run.times[-1].elapsed_s <= 300 * 1.1 for run in runs)
    for generation in range(2, 6):
        told = [run.remaining_is_right(generation) for run in runs if len(run.times) > generation]
        assert np.mean(told) >= 0.8, f"what remains, after generation {generation}"
