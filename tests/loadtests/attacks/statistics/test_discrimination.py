"""The AUC against hand-made samples, the Mann-Whitney statistic, and its promise of coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from loadtests.attacks.statistics.discrimination import auc

VALUES = st.lists(st.integers(0, 30).map(float), min_size=2, max_size=40)


def test_equal_samples_tell_nothing() -> None:
    found = auc([1.0, 2.0, 3.0, 4.0] * 10, [1.0, 2.0, 3.0, 4.0] * 10)
    assert found.value == 0.5
    assert found.low < 0.5 < found.high
    assert not found.above(0.6)
    assert not found.below(0.4)


def test_samples_that_do_not_overlap_tell_everything_and_their_number_says_how_surely() -> None:
    few, many = auc([1, 2, 3], [4, 5, 6]), auc(range(100), range(100, 200))
    assert few.value == many.value == 1
    assert few.low == pytest.approx(0.025 ** (1 / 3))
    assert few.low < many.low < many.high == 1
    turned = auc(range(100, 200), range(100))
    assert (turned.value, turned.low) == (0, 0)
    assert turned.high == pytest.approx(1 - many.low)


def test_the_standard_error_is_delongs() -> None:
    """By the definition in the paper, pair by pair, on the logit scale."""
    x, y = np.array([1.0, 2.0, 2.5, 4.0, 3.0]), np.array([2.0, 3.5, 5.0, 2.2])
    kernel = (y[:, None] > x[None, :]) + 0.5 * (y[:, None] == x[None, :])
    area = kernel.mean()
    variance = np.var(kernel.mean(axis=1), ddof=1) / len(y) + np.var(kernel.mean(axis=0), ddof=1) / len(x)
    found = auc(x, y)
    assert found.value == pytest.approx(area)
    half = 1.959964 * np.sqrt(variance) / (area * (1 - area))
    logit = np.log(area / (1 - area))
    assert found.high == pytest.approx(1 / (1 + np.exp(-(logit + half))), rel=1e-5)
    assert found.low == pytest.approx(1 / (1 + np.exp(-(logit - half))), rel=1e-5)


@given(VALUES, VALUES)
def test_it_is_the_mann_whitney_statistic_and_its_interval_holds_it(x: list[float], y: list[float]) -> None:
    found = auc(x, y)
    statistic = stats.mannwhitneyu(y, x, method="asymptotic").statistic
    assert found.value == pytest.approx(statistic / (len(x) * len(y)))
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value <= found.high + 1e-12 <= 1 + 1e-9


@given(VALUES, VALUES)
def test_who_is_first_only_turns_it_around(x: list[float], y: list[float]) -> None:
    there, back = auc(x, y), auc(y, x)
    assert there.value == pytest.approx(1 - back.value)
    assert there.low == pytest.approx(1 - back.high, abs=1e-9)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Two normal distributions a half apart: the area is Phi(0.5 / sqrt 2)."""
    source = np.random.default_rng(20261126)
    truth = stats.norm.cdf(0.5 / np.sqrt(2))
    found = [auc(source.normal(0, 1, 60), source.normal(0.5, 1, 60)) for _ in range(1000)]
    held = np.mean([each.low <= truth <= each.high for each in found])
    assert 0.93 <= held <= 0.97


@pytest.mark.parametrize(("x", "y"), [([], [1, 2]), ([1], [1, 2]), ([1, 2], [1])])
def test_one_value_is_no_sample(x: list[float], y: list[float]) -> None:
    with pytest.raises(ValueError, match="two values"):
        auc(x, y)
