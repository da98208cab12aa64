from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.percentiles import order_statistic_ranks, percentile


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
