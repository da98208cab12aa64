from dataclasses import replace
from pathlib import Path

import pytest

from analysis.data.rates import Point, points
from analysis.data.run import load_run
from analysis.summary.judged_run import JudgedRun, judge_run
from analysis.summary.ladder import line, summarize_ladder
from tests.analysis.build_run import COST_US, MiniRun


def test_a_line_through_known_points_is_found() -> None:
    """Twice 100 us a request and a tenth of a core idle, by hand."""
    found = [Point(rate, rate, {"total": 0.1 + rate * 200e-6}) for rate in (100.0, 200.0, 400.0)]
    slope, intercept, _ = line(found, "total") or (0, 0, 0)
    assert slope == pytest.approx(200)
    assert intercept == pytest.approx(0.1)
    assert line(found[:2], "total") is None


def unrefused(path: Path) -> JudgedRun:
    """A run from which no rule takes a figure: these are too short for some."""
    return replace(judge_run(load_run(path)), findings=[])


@pytest.mark.parametrize("arm", ["none", "session-redis", "jwt-hs256"])
def test_the_slope_is_the_marginal_cost_and_the_intercept_the_idle_one(tmp_path: Path, arm: str) -> None:
    run = unrefused(MiniRun(generations=5, ladder=(100.0, 400.0), noise=0.002).write(tmp_path))
    ladder = summarize_ladder(run, arm)
    app, store = COST_US[arm]
    assert [rung.offered_rps for rung in ladder.rungs] == [100, 200, 400]
    assert ladder.demand_total_us.value == pytest.approx((app + store) / 2, rel=0.02)
    assert ladder.demand_app_us.value == pytest.approx(app / 2, rel=0.02)
    assert ladder.demand_total_us.low is not None
    assert ladder.demand_total_us.low < (app + store) / 2 < (ladder.demand_total_us.high or 0)
    assert ladder.idle_cores.value == pytest.approx((app + store) / 2 * 129e-6, rel=0.05)
    assert ladder.straight
    costs = [rung.cpu_total_us.value for rung in ladder.rungs]
    assert costs == sorted(costs, reverse=True, key=lambda value: value or 0)
    assert (ladder.demand_store_us.reason is None) == arm.startswith("session")


def test_two_rates_have_no_slope_and_say_so(tmp_path: Path) -> None:
    run = unrefused(MiniRun(ladder=(400.0,)).write(tmp_path))
    ladder = summarize_ladder(run, "none")
    assert ladder.demand_total_us.value is None
    assert "measured at 2 offered rates; a slope needs 3" in (ladder.demand_total_us.reason or "")
    assert ladder.straight is None
    assert len(ladder.rungs) == 2


def test_void_slices_and_abandoned_generations_are_not_in_it(tmp_path: Path) -> None:
    mini = MiniRun(generations=3, ladder=(100.0, 400.0))
    mini.give_up("none", 0, 4)
    mini.manifest |= {"abandoned_generations": [1], "generations_done": 2}
    found = points(load_run(mini.write(tmp_path)), "none")
    assert {generation: len(rates) for generation, rates in found.items()} == {0: 2, 2: 3}


def test_one_generation_has_a_slope_without_an_interval(tmp_path: Path) -> None:
    run = unrefused(MiniRun(generations=1, ladder=(100.0, 400.0)).write(tmp_path))
    demand = summarize_ladder(run, "none").demand_total_us
    assert demand.value is not None
    assert demand.high is None


def test_a_cost_that_bends_is_no_straight_line(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, ladder=(100.0, 400.0), noise=0.001)
    for generation in range(5):
        mini.change("none", generation, 5, app_cpu_ns=10_000_000)
    assert summarize_ladder(unrefused(mini.write(tmp_path)), "none").straight is False


def test_a_store_that_cannot_be_read_leaves_the_applications_slope(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, ladder=(100.0, 400.0))
    mini.change_every("session-redis", store_cpu_ns=None)
    ladder = summarize_ladder(unrefused(mini.write(tmp_path)), "session-redis")
    assert ladder.demand_total_us.value is None
    assert ladder.demand_app_us.value is not None
    assert ladder.straight
