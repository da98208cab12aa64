import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.records.summary import CachedSummary
from analysis.report.request_gap import cost_at, miss_share
from analysis.statistics.estimate import Estimate

_TIMES = st.floats(min_value=0.01, max_value=1e5)


def _cached(hit: Estimate, miss: Estimate) -> CachedSummary:
    return CachedSummary(scheme="s", hit="h", miss="m", window_s=60.0, hit_us=hit, miss_us=miss)


def test_the_share_of_misses_is_what_a_cache_has() -> None:
    """A cache that keeps an answer for 60 s, asked at random times every 30 s on average."""
    source = np.random.default_rng(3)
    kept_until, misses, now = -1.0, 0, 0.0
    gaps = source.exponential(30.0, 20_000)
    for gap in gaps:
        now += gap
        if now > kept_until:
            misses += 1
            kept_until = now + 60.0
    assert misses / len(gaps) == pytest.approx(miss_share(60.0, 30.0), abs=0.01)


@given(window_s=_TIMES, gap_s=_TIMES)
def test_a_longer_gap_misses_more(window_s: float, gap_s: float) -> None:
    assert 0 < miss_share(window_s, gap_s) <= miss_share(window_s, 2 * gap_s) <= 1


@given(gap_s=_TIMES)
def test_the_cost_lies_between_hit_and_miss(gap_s: float) -> None:
    found = cost_at(
        _cached(Estimate(value=20, low=15, high=25), Estimate(value=120, low=110, high=130)), gap_s
    )
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert 15 <= found.low < found.value < found.high <= 130
    assert 20 <= found.value <= 120


def test_without_one_of_them_there_is_no_cost() -> None:
    found = cost_at(_cached(Estimate(value=20), Estimate(reason="nothing was missed")), 10)
    assert (found.value, found.reason) == (None, "nothing was missed")
    assert cost_at(_cached(Estimate(value=20), Estimate(value=120, low=1, high=2)), 10).low is None
