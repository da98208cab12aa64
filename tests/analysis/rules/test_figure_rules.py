"""V21: identical arms that come out alike."""

import numpy as np

from analysis.rules.v21_twin import IdenticalArms
from analysis.statistics.estimate import Estimate
from analysis.statistics.intervals import nested_interval


def _logs(center: float, spread: float = 0.01) -> dict[int, np.ndarray]:
    return {generation: center + np.linspace(-spread, spread, 9) for generation in range(5)}


def test_v21_passes_twins_that_agree_and_voids_biased_ones() -> None:
    pair = ("twin", "original")
    assert IdenticalArms().check(_logs(0.0), pair, "cpu_total_us", primary=True) is None
    finding = IdenticalArms().check(_logs(0.1), pair, "cpu_total_us", primary=True)
    assert finding is not None
    assert finding.severity == "void-run"
    assert "ratio 1.105" in finding.sentence


def test_v21_holds_twins_to_99_percent_not_to_95() -> None:
    values = np.random.default_rng(4).normal(0, 0.01, 40)
    error = values.std(ddof=1) / np.sqrt(40)
    shifted = {0: values - values.mean() + 2.3 * error}  # beyond 2.02 for 95 %, within 2.71 for 99 %
    assert not nested_interval(shifted).contains(0.0)
    assert IdenticalArms().check(shifted, ("twin", "original"), "cpu_total_us", primary=True) is None


def test_v21_says_nothing_without_a_figure() -> None:
    assert IdenticalArms().check({}, ("twin", "original"), "cpu_total_us", primary=True) is None


def test_v21_refuses_a_metric_in_which_twins_differ_and_leaves_the_run() -> None:
    finding = IdenticalArms().check(_logs(0.1), ("twin", "original"), "service_p99_ms", primary=False)
    assert finding is not None
    assert (finding.severity, finding.refuses) == ("refuse-figure", "none")
    assert finding.sentence.endswith("nothing is compared in it")


def test_v21_marks_figures_whose_intervals_identical_arms_disprove() -> None:
    apart = Estimate(value=4.61, low=4.43, high=4.75), Estimate(value=14.02, low=12.04, high=18.32)
    pair = ("twin", "original")
    (finding,) = IdenticalArms().check_intervals("latency", "service times, ms", {"p99": apart}, pair)
    assert (finding.severity, finding.subject, finding.refuses) == ("mark", "the run", "latency")
    assert "p99 of original 4.61 [4.43, 4.75], of twin 14.02 [12.04, 18.32]" in finding.sentence
    assert list(IdenticalArms().check_intervals("latency", "service times, ms", {}, pair)) == []
