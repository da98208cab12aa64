import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics.percentiles import PERCENTILES, described, order_statistic_ranks, percentile


@pytest.mark.parametrize(("share", "needed"), [(0.95, 72), (0.99, 368), (0.999, 3688)])
def test_an_upper_rank_exists_from_the_known_sample_sizes_on(share: float, needed: int) -> None:
    assert order_statistic_ranks(needed, share)[1] is not None
    assert order_statistic_ranks(needed - 1, share)[1] is None


@given(st.integers(400, 20_000), st.sampled_from([0.5, 0.95, 0.99]))
def test_the_ranks_cover_the_quantile_as_often_as_promised(count: int, share: float) -> None:
    low, high = order_statistic_ranks(count, share)
    assert low is not None
    assert high is not None
    assert stats.binom.cdf(high - 1, count, share) - stats.binom.cdf(low - 1, count, share) >= 0.95


def test_the_interval_is_scipys() -> None:
    values = np.random.default_rng(1).lognormal(0, 0.35, 5000)
    found = percentile(values, 0.99)
    reference: Any = stats.quantile_test(values, q=1.0, p=0.99).confidence_interval(0.95)
    assert found.low == pytest.approx(reference.low, rel=0.02)
    assert found.high == pytest.approx(reference.high, rel=0.02)


def test_a_percentile_needs_ten_samples_beyond_it() -> None:
    assert percentile(np.arange(1000.0), 0.99).value == 989
    refused = percentile(np.arange(999.0), 0.99)
    assert refused.value is None
    assert refused.reason == "999 requests; 1000 are needed"


def test_failed_requests_push_percentiles_up_and_out() -> None:
    values = np.append(np.full(980, 1.0), np.full(20, np.inf))
    assert percentile(values, 0.5).value == 1.0
    refused = percentile(values, 0.99)
    assert refused.value is None
    assert refused.reason == "20 of 1000 requests had no usable reply"


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(10, 2, 9), (15, 4, 12), (20, 6, 15), (25, 8, 18), (30, 10, 21), (40, 14, 27), (50, 18, 33)],
)
def test_the_medians_ranks_are_the_printed_ones(count: int, low: int, high: int) -> None:
    """95 % intervals of a median from the sign test: Dixon & Massey, Introduction to Statistical Analysis."""
    assert order_statistic_ranks(count, 0.5) == (low, high)


def test_ranks_of_independent_samples_cover_the_true_quantile() -> None:
    source = np.random.default_rng(4)
    truth = float(stats.lognorm.ppf(0.99, 0.35))
    found = [percentile(source.lognormal(0, 0.35, 1500), 0.99) for _ in range(400)]
    covered = [one.low <= truth <= one.high for one in found if one.low is not None and one.high is not None]
    assert len(covered) == 400
    assert np.mean(covered) >= 0.93


@given(
    st.integers(20, 30_000),
    st.sampled_from(["0.5", "0.95", "0.99", "0.999"]),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_percentiles_are_those_of_two_other_implementations(
    count: int, share: str, seed: int, ties: bool
) -> None:
    """Hyndman & Fan's first definition: numpy's inverted_cdf, and exact arithmetic on a sorted list.

    numpy works out n * share in floating point, so where that is a whole number it may be one rank higher.
    """
    values = np.random.default_rng(seed).lognormal(0, 0.35, count)
    values = np.round(values, 1) if ties else values
    found = percentile(values, float(share))
    if found.value is None:
        assert count * (1 - Fraction(share)) < 10
        return
    exact = count * Fraction(share)
    rank = -(-exact.numerator // exact.denominator)
    ordered = sorted(values.tolist())
    assert found.value == ordered[rank - 1]
    numpys = float(np.percentile(values, float(share) * 100, method="inverted_cdf"))
    assert numpys in ((found.value, ordered[rank]) if exact.denominator == 1 else (found.value,))


@given(st.lists(st.floats(0.01, 1e4) | st.just(float("inf")), min_size=1, max_size=40), st.randoms())
def test_percentiles_rise_with_their_share_and_do_not_know_the_order(some: list[float], order: Any) -> None:
    values = some * (400 // len(some) + 1)
    first = [percentile(np.array(values), share) for share in (0.5, 0.9, 0.95)]
    order.shuffle(values)
    assert [percentile(np.array(values), share) for share in (0.5, 0.9, 0.95)] == first
    known = [one.value for one in first if one.value is not None]
    assert all(below <= above for below, above in itertools.pairwise(known))
    for one in first:
        assert one.value is None or one.low is None or one.low <= one.value
        assert one.value is None or one.high is None or one.value <= one.high


def test_what_describes_an_arm_is_the_same_percentiles() -> None:
    values = np.append(np.random.default_rng(2).lognormal(0, 0.35, 9_995), np.full(5, np.inf))
    for name, estimate in described(values, None).items():
        found = percentile(values, PERCENTILES[name])
        assert (estimate.value, estimate.low, estimate.high) == (found.value, found.low, found.high)
        assert estimate.reason == found.reason
    assert {estimate.reason for estimate in described(values, "V06: why").values()} == {"V06: why"}
