"""V21: identical arms that come out alike."""

import numpy as np

from analysis.rules.v21_twin import IdenticalArms
from analysis.statistics.intervals import nested_interval


def _logs(center: float, spread: float = 0.01) -> dict[int, np.ndarray]:
    return {generation: center + np.linspace(-spread, spread, 9) for generation in range(5)}


def test_v21_passes_twins_that_agree_and_voids_biased_ones() -> None:
    pair = ("twin", "original")
    assert IdenticalArms().check(_logs(0.0), pair, "cpu_total_us") is None
    finding = IdenticalArms().check(_logs(0.1), pair, "cpu_total_us")
    assert finding is not None
    assert finding.severity == "void-run"
    assert "ratio 1.105" in finding.sentence


def test_v21_holds_twins_to_99_percent_not_to_95() -> None:
    values = np.random.default_rng(4).normal(0, 0.01, 40)
    error = values.std(ddof=1) / np.sqrt(40)
    shifted = {0: values - values.mean() + 2.3 * error}  # beyond 2.02 for 95 %, within 2.71 for 99 %
    assert not nested_interval(shifted).contains(0.0)
    assert IdenticalArms().check(shifted, ("twin", "original"), "cpu_total_us") is None


def test_v21_says_nothing_without_a_figure() -> None:
    assert IdenticalArms().check({}, ("twin", "original"), "cpu_total_us") is None
