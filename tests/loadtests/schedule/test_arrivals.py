import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.schedule.arrivals import draw_credentials, draw_shares, draw_zipf, poisson_schedule

seeds = st.integers(0, 2**63 - 1)


@given(st.floats(0.1, 5000), st.floats(0.01, 3), seeds)
def test_due_times_are_sorted_whole_nanoseconds_inside_the_duration(
    rate: float, duration: float, seed: int
) -> None:
    due = poisson_schedule(rate, duration, seed)
    assert due.dtype == np.int64
    assert np.all(np.diff(due) >= 0)
    assert np.all((due >= 0) & (due < round(duration * 1e9)))


@given(st.floats(0.1, 2000), seeds)
def test_the_seed_decides_everything(rate: float, seed: int) -> None:
    assert np.array_equal(poisson_schedule(rate, 1, seed), poisson_schedule(rate, 1, seed))
    assert np.array_equal(draw_credentials(50, 70, seed), draw_credentials(50, 70, seed))


def test_different_seeds_give_different_schedules_of_different_length() -> None:
    assert len({len(poisson_schedule(1000, 1, seed)) for seed in range(20)}) > 5


def test_counts_are_dispersed_like_a_poisson_process() -> None:
    due = poisson_schedule(1000, 200, seed=7)
    counts = np.bincount(due // 100_000_000, minlength=2000)
    assert counts.mean() == pytest.approx(100, rel=0.02)
    # Variance over mean is 1; its standard error for 2000 windows is sqrt(2 / 2000) = 0.032.
    assert counts.var(ddof=1) / counts.mean() == pytest.approx(1, abs=0.13)


def test_gaps_are_exponential_not_even() -> None:
    gaps = np.diff(poisson_schedule(1000, 100, seed=3)) / 1e6
    assert gaps.mean() == pytest.approx(1, rel=0.02)
    assert gaps.std() == pytest.approx(1, rel=0.03)
    assert np.mean(gaps > 1) == pytest.approx(np.exp(-1), abs=0.01)


@given(st.integers(0, 500), st.integers(1, 200), seeds)
def test_no_credential_is_used_twice_before_all_were_used(count: int, population: int, seed: int) -> None:
    drawn = draw_credentials(count, population, seed)
    assert len(drawn) == count
    for start in range(0, count, population):
        one_pass = drawn[start : start + population]
        assert len(np.unique(one_pass)) == len(one_pass)
        assert np.all((one_pass >= 0) & (one_pass < population))


def test_credentials_are_uniform_over_the_population() -> None:
    used = np.concatenate([draw_credentials(10, 100, seed) for seed in range(2000)])
    assert np.bincount(used, minlength=100).min() > 100  # 200 expected, standard deviation 14


def test_a_longer_schedule_keeps_the_credentials_of_the_shorter() -> None:
    assert np.array_equal(draw_credentials(200, 90, 5)[:120], draw_credentials(120, 90, 5))


@given(st.integers(0, 300), st.integers(1, 50), st.floats(0.1, 5), seeds)
def test_zipf_draws_inside_the_population_and_by_the_seed(
    count: int, population: int, exponent: float, seed: int
) -> None:
    drawn = draw_zipf(count, population, exponent, seed)
    assert drawn.dtype == np.int64
    assert len(drawn) == count
    assert np.all((drawn >= 0) & (drawn < population))
    assert np.array_equal(drawn, draw_zipf(count, population, exponent, seed))


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_zipf_gives_each_rank_its_share(exponent: float) -> None:
    count = 200_000
    observed = np.bincount(draw_zipf(count, 20, exponent, seed=4), minlength=20)
    weights = np.array([1 / rank**exponent for rank in range(1, 21)])
    expected = count * weights / weights.sum()
    # Each count is binomial: five standard deviations.
    assert np.all(np.abs(observed - expected) < 5 * np.sqrt(expected))


def test_shares_are_drawn_in_proportion() -> None:
    observed = np.bincount(draw_shares(100_000, [0.9, 0.09, 0.01], seed=2), minlength=3)
    assert observed == pytest.approx([90_000, 9_000, 1_000], rel=0.1)


@pytest.mark.parametrize("shares", [[], [0.5, 0.0], [1.5, -0.5]])
def test_shares_that_are_none_are_refused(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="shares must be positive"):
        draw_shares(1, shares, seed=1)


@pytest.mark.parametrize(("rate", "duration"), [(0, 1), (-1, 1), (1, 0), (float("nan"), 1)])
def test_a_rate_or_duration_that_is_not_positive_is_refused(rate: float, duration: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        poisson_schedule(rate, duration, seed=1)


def test_an_empty_population_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot draw"):
        draw_credentials(1, 0, seed=1)
    with pytest.raises(ValueError, match="cannot draw"):
        draw_zipf(1, 0, 1.0, seed=1)
