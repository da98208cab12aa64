import inspect
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis import percentiles, statistics
from analysis.compare import decide
from analysis.noise_floor import NoiseFloor
from analysis.statistics import (
    equivalent,
    minimal_detectable_effect,
    nested_interval,
    nested_ratio,
    ranks_exclude_one,
)


def test_one_generation_is_the_textbook_t_interval() -> None:
    values = [0.1, 0.2, 0.3, 0.4, 0.5]
    expected = stats.t.interval(0.95, 4, loc=0.3, scale=stats.sem(values))
    found = nested_interval({0: values})
    assert (found.low, found.high) == pytest.approx(expected)
    assert (found.cycles, found.generations, found.degrees) == (5, 1, 4)


def test_generations_that_differ_widen_it_to_their_own_t_interval() -> None:
    groups = {0: [1.0, 1.01, 0.99], 1: [2.0, 2.01, 1.99], 2: [3.0, 3.01, 2.99]}
    expected = stats.t.interval(0.95, 2, loc=2, scale=1 / math.sqrt(3))
    found = nested_interval(groups)
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.degrees == 2


def test_generations_that_agree_by_luck_never_narrow_it_below_the_cycles() -> None:
    cycles = [-0.1, 0.1, -0.2, 0.2]
    found = nested_interval({0: cycles, 1: cycles, 2: cycles})
    expected = stats.t.ppf(0.975, 11) * np.std(cycles * 3, ddof=1) / math.sqrt(12)
    assert found.half_width == pytest.approx(expected)
    assert found.degrees == 11


def test_the_estimate_weighs_generations_alike_whatever_their_size() -> None:
    assert nested_interval({0: [1.0], 1: [3.0, 3.0, 3.0]}).estimate == pytest.approx(2.0)


def test_a_single_cycle_knows_no_interval() -> None:
    found = nested_ratio({0: [math.log(2)]})
    assert found.ratio == pytest.approx(2)
    assert (found.low, found.high) == (0, math.inf)
    assert minimal_detectable_effect(found.log) is None


@pytest.mark.parametrize("groups", [{}, {0: []}, {0: [math.nan]}, {0: [math.inf, 1.0]}])
def test_what_cannot_be_estimated_is_refused(groups: dict[int, list[float]]) -> None:
    with pytest.raises(ValueError, match=r"no cycle|not finite"):
        nested_interval(groups)


@given(
    st.dictionaries(
        st.integers(0, 9), st.lists(st.floats(-2, 2), min_size=1, max_size=8), min_size=2, max_size=6
    )
)
def test_swapping_the_arms_inverts_the_ratio_and_its_interval(groups: dict[int, list[float]]) -> None:
    there = nested_ratio(groups)
    back = nested_ratio({generation: [-value for value in values] for generation, values in groups.items()})
    assert there.ratio * back.ratio == pytest.approx(1)
    assert there.log.low == pytest.approx(-back.log.high, abs=1e-9)


def test_equivalence_needs_the_whole_interval_inside_the_margin() -> None:
    narrow = {0: [0.010, 0.012, 0.008, 0.011, 0.009]}
    wide = {0: [-0.10, 0.12, -0.08]}
    assert equivalent(narrow, 0.05)
    assert not equivalent(wide, 0.05)  # three cycles around 1 are no proof of equality
    assert not equivalent({0: [0.20, 0.201, 0.199]}, 0.05)


def test_equivalence_agrees_with_two_one_sided_t_tests() -> None:
    values, limit = np.random.default_rng(3).normal(0.02, 0.05, 30), math.log1p(0.05)
    below = stats.ttest_1samp(values, -limit, alternative="greater").pvalue
    above = stats.ttest_1samp(values, limit, alternative="less").pvalue
    assert equivalent({0: values}, 0.05) == (max(below, above) < 0.05)


def test_the_detectable_effect_is_what_eight_hundred_of_a_thousand_runs_find() -> None:
    source = np.random.default_rng(5)
    effect = minimal_detectable_effect(nested_interval({0: source.normal(0, 0.05, 4000)[:20]}))
    assert effect is not None
    spread = float(np.std(np.random.default_rng(5).normal(0, 0.05, 4000)[:20], ddof=1))
    runs = source.normal(math.log1p(effect), spread, (1000, 20))
    found = np.mean(stats.ttest_1samp(runs, 0, axis=1).pvalue < 0.05)
    assert 0.75 < found < 0.85


def test_ranks_need_six_cycles_and_their_agreement() -> None:
    assert not ranks_exclude_one({0: [0.1] * 5})
    assert ranks_exclude_one({0: [0.1, 0.2, 0.3], 1: [0.11, 0.12, 0.13]})
    assert not ranks_exclude_one({0: [0.0] * 20})


def _drifting(source: np.random.Generator, slices: int) -> np.ndarray:
    """ln of the environment's factor at each slice: AR(1), 10 % stationary, strongly correlated."""
    noise, level = source.normal(0, 0.1 * math.sqrt(1 - 0.98**2), slices), source.normal(0, 0.1)
    values = np.empty(slices)
    for index in range(slices):
        level = 0.98 * level + noise[index]
        values[index] = level
    return values


def _run(source: np.random.Generator, effect: float) -> dict[int, np.ndarray]:
    """ln(A / B) of 5 generations of 12 cycles: drift, slice noise, and what each restart changes."""
    groups = {}
    for generation in range(5):
        drift = _drifting(source, 24).reshape(12, 2)
        swap = source.integers(0, 2, 12)
        a, b = drift[np.arange(12), swap], drift[np.arange(12), 1 - swap]
        restart = source.normal(0, 0.005)
        groups[generation] = effect + restart + a - b + source.normal(0, 0.03, 12)
    return groups


def test_identical_arms_are_rarely_told_apart_under_drift() -> None:
    source = np.random.default_rng(11)
    nothing = NoiseFloor(0.0, 1, "none: the interval alone decides")
    verdicts = [decide(_run(source, 0.0), nothing, 0.05, ranks=True) for _ in range(300)]
    assert sum(verdict in ("slower", "faster") for verdict in verdicts) <= 0.08 * 300


def test_a_planted_tenth_is_found_under_the_same_drift() -> None:
    source = np.random.default_rng(12)
    floor = NoiseFloor(0.03, 1, "the twin's")
    runs = [_run(source, math.log(1.1)) for _ in range(100)]
    assert sum(decide(run, floor, 0.05, ranks=True) == "slower" for run in runs) >= 95
    ratios = [nested_ratio(run) for run in runs]
    assert np.mean([ratio.ratio for ratio in ratios]) == pytest.approx(1.1, abs=0.005)
    assert np.mean([ratio.low <= 1.1 <= ratio.high for ratio in ratios]) >= 0.9


def test_nothing_that_compares_takes_requests() -> None:
    """A request as a replicate would need an entry point: there is one for samples, and it takes one arm."""
    public = [
        function
        for name, function in inspect.getmembers(statistics, inspect.isfunction)
        if function.__module__ == statistics.__name__ and not name.startswith("_")
    ]
    per_request = {
        function.__name__
        for function in public
        for parameter in inspect.signature(function).parameters.values()
        if "ndarray" in str(parameter.annotation) and "Mapping" not in str(parameter.annotation)
    }
    assert per_request == set()
    assert list(inspect.signature(percentiles.percentile).parameters) == ["values", "share"]
