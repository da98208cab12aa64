"""The unpaired interval, against the textbook, against scipy, and against luck."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics.welch import Side, unpaired_ratio, welch_half_width

_SAMPLES = st.lists(st.floats(-5, 5), min_size=2, max_size=12)


@given(a=_SAMPLES, b=_SAMPLES)
def test_it_is_scipys_welch_interval(a: list[float], b: list[float]) -> None:
    one, other = np.array(a), np.array(b)
    assume(min(np.ptp(one), np.ptp(other)) > 1e-3)  # scipy warns of nearly equal values
    half, degrees = welch_half_width(one, other, 0.95)
    expected = stats.ttest_ind(other, one, equal_var=False).confidence_interval(0.95)
    assert half == pytest.approx((expected.high - expected.low) / 2, rel=1e-6)
    assert min(len(a), len(b)) - 1 - 1e-9 <= degrees <= len(a) + len(b) - 2 + 1e-9


def test_without_spread_the_interval_is_a_point_and_one_value_has_none() -> None:
    assert welch_half_width(np.ones(3), np.zeros(2), 0.95)[0] == 0
    with pytest.raises(ValueError, match="two values"):
        welch_half_width(np.ones(1), np.ones(5), 0.95)


def test_ratio_is_b_by_a_and_swapping_inverts_it() -> None:
    a = Side(np.log([100, 102, 98]), np.log([100, 102, 98]))
    b = Side(np.log([110, 113, 108]), np.log([110, 113, 108]))
    found, back = unpaired_ratio(a, b), unpaired_ratio(b, a)
    assert 1.09 < found.ratio < 1.12
    assert (1 / back.high, 1 / back.ratio, 1 / back.low) == pytest.approx(
        (found.low, found.ratio, found.high)
    )


def test_generations_that_agree_by_luck_never_narrow_it_below_the_cycles() -> None:
    cycles = np.array([-0.1, 0.1, -0.2, 0.2])
    side = Side(np.zeros(2), np.concatenate([cycles, cycles]))
    found = unpaired_ratio(side, side)
    assert math.log(found.high) == pytest.approx(welch_half_width(side.cycles, side.cycles, 0.95)[0])


def test_runs_of_one_truth_lie_within_it_as_often_as_it_promises() -> None:
    """Generations vary by 2 %, cycles in them by 5 %: nineteen of twenty intervals contain 1."""
    source = np.random.default_rng(5)
    kept = 0
    for _ in range(1000):
        sides = []
        for count in (5, 4):
            generations = source.normal(0, 0.02, count)
            cycles = generations[:, None] + source.normal(0, 0.05, (count, 10))
            sides.append(Side(cycles.mean(axis=1), cycles.ravel()))
        found = unpaired_ratio(sides[0], sides[1])
        kept += found.low <= 1 <= found.high
    assert kept >= 940
