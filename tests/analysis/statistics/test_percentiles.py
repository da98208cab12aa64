import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.statistics.percentiles import PERCENTILES, describe, percentile


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


def test_what_describes_an_arm_is_the_percentiles_of_all_its_requests() -> None:
    source = np.random.default_rng(2)
    values = np.append(source.lognormal(0, 0.35, 9_995), np.full(5, np.inf))
    source.shuffle(values)
    for name, estimate in describe(dict(enumerate(np.split(values, 5)))).items():
        found = percentile(values, PERCENTILES[name])
        assert (estimate.value, estimate.reason) == (found.value, found.reason)


def test_its_interval_is_of_how_generations_differ() -> None:
    """t(4) = 2.776: the pooled p50 of five generations, each at a level of its own."""
    levels = np.array([-0.2, -0.1, 0.0, 0.1, 0.2])
    shape = np.linspace(0.5, 1.5, 1001)
    found = describe({number: shape * np.exp(level) for number, level in enumerate(levels)})["p50"]
    half = 2.776 * levels.std(ddof=1) / np.sqrt(5)
    assert found.value is not None
    assert found.low == pytest.approx(found.value * np.exp(-half), rel=1e-3)
    assert found.high == pytest.approx(found.value * np.exp(half), rel=1e-3)


@pytest.mark.parametrize("sizes", [[], [2000], [2000, 999]])
def test_one_generation_has_no_interval(sizes: list[int]) -> None:
    """Nor has a percentile that a second generation does not carry."""
    found = describe({number: np.arange(1.0, size + 1) for number, size in enumerate(sizes)})["p99"]
    assert (found.low, found.high) == (None, None)
    assert (found.value is None) == (not sizes)


@given(
    st.lists(st.lists(st.floats(0.001, 1e6), min_size=20, max_size=60), min_size=2, max_size=6),
)
def test_an_interval_contains_its_percentile_and_is_finite(generations: list[list[float]]) -> None:
    found = describe({number: np.array(own) for number, own in enumerate(generations)})["p50"]
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high < np.inf
