"""Revocations put together: quantiles of intervals, and what was never seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.revocation.pool import evidence, lives, order_ranks, pool, quantile, upper_share
from tests.analysis.revocation.histories import every, revoked

ENDED = every("+++") + every("+--", start=10)
LIVES_ON = every("+++") + every("++++", start=10)
CAME_BACK = every("+++") + every("-+--", start=10)
SHOWS_NOTHING = every("???")


def test_the_median_of_intervals_is_an_interval() -> None:
    found = quantile([0.1, 0.2, 0.3], [0.15, 0.25, 0.35], 0.5)
    assert found is not None
    assert (found.at_least_s, found.at_most_s) == (0.2, 0.25)
    assert (found.low_s, found.high_s) == (None, None), "three are too few for an interval"


def test_six_are_enough_for_the_interval_of_a_median() -> None:
    at_least = [0.6, 0.1, 0.2, 0.3, 0.4, 0.5]
    found = quantile(at_least, [each + 0.01 for each in at_least], 0.5)
    assert found is not None
    assert (found.low_s, found.high_s) == pytest.approx((0.1, 0.61))
    assert (found.at_least_s, found.at_most_s) == pytest.approx((0.35, 0.36))


def test_a_window_without_an_end_leaves_the_bound_open() -> None:
    windows = pool([revoked(ENDED)] + [revoked(LIVES_ON)] * 3)
    assert windows.median is not None
    assert windows.median.at_most_s is None
    assert windows.longest_at_most_s is None
    assert (windows.still_accepted, windows.longest_at_least_s) == (3, 0.07)


def test_p95_has_an_interval_from_72_on() -> None:
    """METHOD 1.4: n >= ln(0.025) / ln(0.95)."""
    assert order_ranks(71, 0.95) is None
    ranks = order_ranks(72, 0.95)
    assert ranks is not None
    assert ranks[1] == 71


@given(st.integers(1, 300), st.sampled_from([0.5, 0.95]))
def test_ranks_enclose_the_quantile_with_the_confidence_they_claim(count: int, share: float) -> None:
    ranks = order_ranks(count, share)
    if ranks is not None:
        low, high = ranks[0] + 1, ranks[1] + 1
        below = stats.binom(count, share)
        assert 1 <= low < high <= count
        assert below.cdf(high - 1) - below.cdf(low - 1) >= 0.95


def test_what_was_never_seen_has_the_bound_of_the_rule_of_three() -> None:
    assert upper_share(0, 200) == 0.015
    assert upper_share(0, 2) == 1
    assert upper_share(0, 0) == 1
    assert upper_share(3, 3) == 1
    assert upper_share(1, 20) == pytest.approx(0.2161, abs=1e-4)  # Clopper and Pearson 1934


def test_those_without_a_verdict_are_counted_and_left_out() -> None:
    windows = pool([revoked(ENDED), revoked(ENDED), revoked(SHOWS_NOTHING)])
    assert (windows.revocations, windows.unknown) == (3, 1)
    assert windows.probes == 6
    assert windows.median is not None
    assert (windows.median.at_least_s, windows.median.at_most_s) == (0.01, 0.03)


def test_a_resurrection_is_counted_and_the_longest_says_how_little_it_covers() -> None:
    windows = pool([revoked(ENDED)] * 9 + [revoked(CAME_BACK)])
    assert (windows.came_back, windows.late) == (1, 10)
    assert windows.came_back_below == pytest.approx(0.394, abs=1e-3)
    assert windows.longest_covers == pytest.approx(0.05**0.1)


def test_evidence_keeps_what_each_worker_process_did() -> None:
    seen = evidence(revoked(ENDED, LIVES_ON))
    assert (seen.ending, seen.came_back, seen.probes) == ("accepted", False, 7)
    assert (seen.at_least_s, seen.at_most_s) == ([0.01, 0.07], [0.03, None])
    assert (seen.call_s, seen.life_s) == pytest.approx((0.01, 0.17))


def test_of_nothing_there_is_nothing() -> None:
    windows = pool([])
    assert (windows.revocations, windows.median, windows.late_below) == (0, None, 1)


def test_a_life_is_counted_from_the_login() -> None:
    found = lives([revoked(ENDED, issued=-500)] * 3 + [revoked(LIVES_ON)])
    assert found is not None
    assert (found.at_least_s, found.at_most_s) == pytest.approx((0.51, 0.53))
    assert lives([revoked(LIVES_ON)]) is None
