"""The ratio of medians: exact where nothing varies, and as sure as it says where something does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.attacks.statistics.medians import ratio_of_medians

TIMES = st.lists(st.floats(1e-3, 1e3), min_size=5, max_size=60)


def test_constant_times_have_a_ratio_without_doubt() -> None:
    found = ratio_of_medians([2.0] * 9, [3.0] * 9)
    assert found.value == found.low == found.high == pytest.approx(1.5)


@given(TIMES, TIMES, st.floats(0.01, 100))
def test_a_unit_cancels_and_who_is_first_turns_it_around(x: list[float], y: list[float], unit: float) -> None:
    found = ratio_of_medians(x, y)
    assert found.value == pytest.approx(np.exp(np.median(np.log(y)) - np.median(np.log(x))))
    assert found.low <= found.value * (1 + 1e-12)
    assert found.value <= found.high * (1 + 1e-12)
    other = ratio_of_medians([value * unit for value in x], [value * unit for value in y])
    assert other.low == pytest.approx(found.low, rel=1e-6)
    assert ratio_of_medians(y, x).low == pytest.approx(1 / found.high, rel=1e-6)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Latencies are skewed: two lognormal distributions, one 1.2 times as slow."""
    source = np.random.default_rng(20261126)
    held = []
    for _ in range(1000):
        first, second = source.lognormal(0, 0.5, 80), source.lognormal(np.log(1.2), 0.5, 80)
        found = ratio_of_medians(list(first), list(second))
        held.append(found.low <= 1.2 <= found.high)
    assert 0.92 <= np.mean(held) <= 0.985


@pytest.mark.parametrize(("x", "y"), [([1.0] * 4, [1.0] * 9), ([1.0] * 9, [1.0] * 8 + [0.0])])
def test_too_few_values_or_none_above_zero_are_refused(x: list[float], y: list[float]) -> None:
    with pytest.raises(ValueError, match="five values"):
        ratio_of_medians(x, y)
