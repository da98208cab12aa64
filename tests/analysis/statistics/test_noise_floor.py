import math

import numpy as np
import pytest
from scipy import stats

from analysis.statistics.intervals import nested_interval
from analysis.statistics.noise_floor import NoiseFloor, differing_twins, noise_floor


def test_this_runs_twin_gives_the_far_end_of_its_interval() -> None:
    log = nested_interval({0: [-0.02, 0.01, -0.03, 0.0]})
    assert noise_floor(log).value == pytest.approx(math.exp(-log.low) - 1)
    assert noise_floor(log).runs == 1


def test_history_counts_from_the_fifth_earlier_run_on() -> None:
    log = nested_interval({0: [0.01, 0.02, 0.03]})
    assert noise_floor(log, [0.01] * 4) == noise_floor(log)
    floor = noise_floor(log, [0.01, -0.01, 0.01, -0.01, 0.01])
    assert floor.value == pytest.approx(math.expm1(stats.t.ppf(0.975, 5) * 0.01))
    assert floor.runs == 5
    assert "5 earlier runs" in floor.source


def test_opposite_signs_do_not_cancel() -> None:
    twin = nested_interval({0: [0.0, 0.0]})
    assert noise_floor(twin, [0.02, -0.02, 0.02, -0.02, 0.02, -0.02]).value > 0.02


def test_a_twin_without_an_interval_lets_nothing_through() -> None:
    assert noise_floor(nested_interval({0: [0.01]})).value == math.inf


@pytest.mark.parametrize("center", [0.04, -0.04])
def test_an_effect_must_be_larger_than_the_noise_floor_either_way(center: float) -> None:
    log = nested_interval({0: [center - 0.01, center, center + 0.01]})
    assert NoiseFloor(0.03, 1, "the twin").exceeded_by(log, math.inf)
    assert not NoiseFloor(0.05, 1, "the twin").exceeded_by(log, math.inf)


def test_an_effect_must_be_visible_to_the_calibration_where_there_is_one() -> None:
    log = nested_interval({0: [0.09, 0.1, 0.11]})
    floor = NoiseFloor(0.03, 1, "the twin", visible=25.0)
    assert floor.exceeded_by(log, -25.0)
    assert not floor.exceeded_by(log, 24.9)


def test_identical_arms_differ_only_by_an_interval_that_excludes_one() -> None:
    spread = np.linspace(-0.01, 0.01, 9)
    assert differing_twins({}) is None
    assert differing_twins(dict.fromkeys(range(5), spread)) is None
    found = differing_twins(dict.fromkeys(range(5), 0.1 + spread))
    assert found is not None
    assert found.ratio == pytest.approx(math.exp(0.1))
