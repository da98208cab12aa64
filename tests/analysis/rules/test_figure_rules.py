"""V19, V20 and V21: what a figure may claim."""

import numpy as np
import pytest

from analysis.rules.v19_above_noise import above_noise, excludes_one
from analysis.rules.v20_equivalence import may_say_equivalent
from analysis.rules.v21_twin import check
from analysis.statistics.intervals import nested_interval


def _logs(center: float, spread: float = 0.01) -> dict[int, np.ndarray]:
    return {generation: center + np.linspace(-spread, spread, 9) for generation in range(5)}


@pytest.mark.parametrize("center", [0.04, -0.04])
def test_v19_an_effect_must_be_larger_than_the_noise_floor_either_way(center: float) -> None:
    log = nested_interval(_logs(center))
    assert excludes_one(log)
    assert above_noise(log, 0.03)
    assert not above_noise(log, 0.05)


def test_v19_an_interval_over_one_excludes_nothing() -> None:
    assert not excludes_one(nested_interval(_logs(0.0)))


def test_v20_three_wide_cycles_do_not_show_equality() -> None:
    assert may_say_equivalent(_logs(0.0), 0.05)
    assert not may_say_equivalent({0: np.array([-0.2, 0.0, 0.2])}, 0.05)


def test_v21_passes_twins_that_agree_and_voids_biased_ones() -> None:
    pair = ("twin", "original")
    assert check(_logs(0.0), pair, "cpu_total_us") is None
    finding = check(_logs(0.1), pair, "cpu_total_us")
    assert finding is not None
    assert finding.severity == "void-run"
    assert "ratio 1.105" in finding.sentence


def test_v21_holds_twins_to_99_percent_not_to_95() -> None:
    values = np.random.default_rng(4).normal(0, 0.01, 40)
    error = values.std(ddof=1) / np.sqrt(40)
    shifted = {0: values - values.mean() + 2.3 * error}  # beyond 2.02 for 95 %, within 2.71 for 99 %
    assert excludes_one(nested_interval(shifted))
    assert check(shifted, ("twin", "original"), "cpu_total_us") is None


def test_v21_says_nothing_without_a_figure() -> None:
    assert check({}, ("twin", "original"), "cpu_total_us") is None
