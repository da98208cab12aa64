"""The statistics of V02 on schedules of known kinds; the rule on runs is in test_run_rules."""

import numpy as np
import pytest
from scipy import stats

from analysis.rules.v02_poisson_arrivals import Arrivals, anderson_darling, arrivals


def test_the_anderson_darling_statistic_is_scipys() -> None:
    gaps = np.random.default_rng(3).exponential(0.7, 500)
    reference = stats.goodness_of_fit(
        stats.expon,
        gaps,
        known_params={"loc": 0, "scale": float(gaps.mean())},
        statistic="ad",
        n_mc_samples=10,
        rng=np.random.default_rng(1),
    )
    assert anderson_darling(gaps) / (1 + 0.6 / 500) == pytest.approx(float(reference.statistic), rel=1e-6)


def test_a_poisson_process_has_a_dispersion_of_one() -> None:
    source = np.random.default_rng(4)
    slices = [np.sort(source.uniform(0, 1, source.poisson(1000))) for _ in range(20)]
    found = arrivals(slices, 1.0, 1000)
    assert found is not None
    assert found.bins == 4000
    assert found.dispersion == pytest.approx(1, abs=0.1)
    assert found.poisson


@pytest.mark.parametrize(("spread", "poisson"), [(0.0, False), (1.0, True), (3.0, False)])
def test_its_verdict_depends_on_the_spread_of_the_counts(spread: float, poisson: bool) -> None:
    """Gaps from a gamma distribution of that squared coefficient of variation: the dispersion tends to it."""
    source = np.random.default_rng(5)
    gaps = source.gamma(1 / spread, spread / 1000, 20_000) if spread else np.full(20_000, 0.001)
    times = np.cumsum(gaps)
    found = arrivals([times[times < 15]], 15.0, 1000)
    assert found is not None
    assert found.poisson == poisson


def test_the_worst_of_many_looks_may_lie_farther_from_one() -> None:
    assert not Arrivals(0.79, bins=490, anderson_darling=1.0).poisson
    assert Arrivals(0.79, bins=490, anderson_darling=1.0, looks=10).poisson
    assert not Arrivals(0.5, bins=490, anderson_darling=1.0, looks=10).poisson


@pytest.mark.parametrize("times", [[], [0.1], [0.1, 0.1, 0.1]])
def test_too_few_requests_say_nothing(times: list[float]) -> None:
    assert arrivals([np.array(times)], 1.0, 1.0) is None
