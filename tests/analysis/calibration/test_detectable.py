import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.calibration.detectable import detectable_in, visible_from
from analysis.records.calibration import PlantedEffect
from analysis.statistics.estimate import Estimate
from analysis.statistics.intervals import nested_interval

GAPS = {generation: np.array([1.0, -1.0, 2.0, -2.0]) + 0.5 * generation for generation in range(5)}


def _effect(planted: float, seen: bool) -> PlantedEffect:
    return PlantedEffect(
        arm="x", kind="cpu", planted=planted, recovered=Estimate(value=planted), found=seen, seen=seen
    )


def test_it_is_the_larger_of_generations_and_cycles() -> None:
    means = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
    error = means.std(ddof=1) / math.sqrt(5)
    expected = (stats.t.ppf(0.975, 4) + stats.t.ppf(0.8, 4)) * error
    assert detectable_in(GAPS) == pytest.approx(expected)
    alike = {generation: np.array([5.0, -5.0]) for generation in range(5)}
    cycles = np.array([5.0, -5.0] * 5)
    error = cycles.std(ddof=1) / math.sqrt(10)
    expected = (stats.t.ppf(0.975, 9) + stats.t.ppf(0.8, 9)) * error
    assert detectable_in(alike) == pytest.approx(expected)


def test_a_latency_has_generations_alone() -> None:
    one_each = {generation: np.array([float(generation)]) for generation in range(5)}
    short, whole = detectable_in(one_each, 0.25), detectable_in(one_each)
    assert short is not None
    assert whole is not None
    assert short == pytest.approx(2 * whole), "fewer than five generations are not planned with"


@given(st.floats(0.05, 50), st.floats(1.01, 20))
def test_a_longer_run_finds_smaller_effects(factor: float, longer: float) -> None:
    shorter, found = detectable_in(GAPS, factor), detectable_in(GAPS, factor * longer)
    assert shorter is not None
    assert found is not None
    assert found < shorter


def test_nothing_is_known_from_one_figure_or_none() -> None:
    assert detectable_in({0: np.array([1.0])}) is None
    assert detectable_in({}) is None


def test_from_where_on_a_difference_is_visible() -> None:
    interval = nested_interval(GAPS)
    noise = max(abs(interval.low), abs(interval.high))
    assert visible_from([_effect(25, True), _effect(50, True)], "cpu", GAPS) == noise
    assert visible_from([_effect(25, False), _effect(50, True)], "cpu", GAPS) == 50
    assert visible_from([_effect(25, False)], "cpu", GAPS) is None
    assert visible_from([_effect(25, True)], "delay", GAPS) is None
    assert visible_from([_effect(25, True)], "cpu", {0: np.array([1.0])}) is None, "no interval"
