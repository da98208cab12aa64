import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.saturation.planted import check_planted, lowered_rps
from analysis.saturation.report import Measured, scheme_found
from authbench.contracts.saturation.report import SchemeFound
from tests.analysis.saturation.made_trials import EFFORT, OBJECTIVES, PLACEMENT, queue_trial, trial


@given(st.floats(50, 5000), st.floats(1, 5000), st.floats(5, 200))
def test_in_a_single_queue_arithmetic_is_exact(cpu_us: float, planted_us: float, limit_ms: float) -> None:
    """M/M/1: the highest rate with p99 <= T is 1/D - ln(100)/T."""

    def highest(demand_us: float) -> float:
        return 1e6 / demand_us - math.log(100) * 1e3 / limit_ms

    before, after = highest(cpu_us), max(0.0, highest(cpu_us + planted_us))
    if before > 0:
        assert lowered_rps(before, cpu_us, planted_us) == pytest.approx(after, rel=1e-6, abs=1e-6)


def _highest_rps(cost_us: float) -> float:
    """Of the simulated server, in steps of 1 %."""
    source = np.random.default_rng(5)
    rates = 1e6 / cost_us * np.arange(0.7, 1.0, 0.01)
    kept = [rate for rate in rates if queue_trial(rate, 60, cost_us, source).bad_share(0) <= 0.01]
    return float(max(kept))


def test_a_simulated_server_with_a_planted_cost_falls_by_what_arithmetic_says() -> None:
    expected = lowered_rps(_highest_rps(600), 600, 100)
    assert _highest_rps(700) == pytest.approx(expected, rel=0.03)


def _control(lower: float, upper: float, name: str) -> SchemeFound:
    pairs = ((lower, (0.0, 0.0)), (upper, (0.5, 0.5)))
    trials = [trial(rate, bad, scheme=name) for rate, bad in pairs for _ in range(2)]
    return scheme_found(Measured(OBJECTIVES, EFFORT, PLACEMENT, trials, {}), name)


@pytest.mark.parametrize(
    ("lower", "upper", "agrees"), [(1100, 1200, True), (1250, 1350, False), (700, 800, False)]
)
def test_the_bracket_found_is_held_against_the_one_expected(lower: float, upper: float, agrees: bool) -> None:
    """The control costs 700 us and lies between 1250 and 1350: 100 us more leave 1071 to 1171."""
    control, planted = _control(1250, 1350, "none"), _control(lower, upper, "none +100 us")
    check = check_planted(control.found[0], planted.found[0], 100)
    assert check is not None
    assert (check.expected_low_rps, check.expected_high_rps) == pytest.approx((1071.4, 1171.4), abs=0.1)
    assert check.agrees is agrees
