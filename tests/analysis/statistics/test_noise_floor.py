import math

import pytest
from scipy import stats

from analysis.statistics.intervals import nested_interval
from analysis.statistics.noise_floor import from_twin, noise_floor, pooled


def test_this_runs_twin_gives_the_far_end_of_its_interval() -> None:
    log = nested_interval({0: [-0.02, 0.01, -0.03, 0.0]})
    assert from_twin(log).value == pytest.approx(math.exp(-log.low) - 1)
    assert from_twin(log).runs == 1


def test_history_counts_from_the_fifth_earlier_run_on() -> None:
    log = nested_interval({0: [0.01, 0.02, 0.03]})
    assert noise_floor(log, [0.01] * 4) == from_twin(log)
    floor = noise_floor(log, [0.01, -0.01, 0.01, -0.01, 0.01])
    assert floor.value == pytest.approx(math.expm1(stats.t.ppf(0.975, 5) * 0.01))
    assert floor.runs == 5
    assert "5 earlier runs" in floor.source


def test_opposite_signs_do_not_cancel() -> None:
    assert pooled([0.02, -0.02, 0.02, -0.02, 0.02, -0.02]).value > 0.02


def test_a_twin_without_an_interval_lets_nothing_through() -> None:
    assert from_twin(nested_interval({0: [0.01]})).value == math.inf
