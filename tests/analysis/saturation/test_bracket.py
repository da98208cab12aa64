from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.saturation.bracket import bounds, bracket, classify, combine, overlap
from authbench.contracts.saturation.report import Bracket
from tests.analysis.saturation.made_trials import EFFORT, OBJECTIVES, trial

RATES = st.floats(10, 5000)
GOOD, BAD = (0.005, 0.0), (0.02, 0.02)


def _kind(*trials: Any) -> str | None:
    return classify(trials, 0, OBJECTIVES[0], EFFORT)


def test_half_of_fifteen_seconds_decides_about_a_rate() -> None:
    good, bad = trial(900, GOOD), trial(900, BAD)
    assert _kind() is _kind(good) is _kind(good, bad) is None
    assert _kind(good, good) == _kind(good, bad, good) == "lower"
    assert _kind(bad, bad) == _kind(good, bad, bad) == "upper"


def test_a_trial_at_the_share_is_good_and_short_ones_do_not_make_a_lower_bound() -> None:
    assert _kind(*[trial(900, (0.01, 0))] * 2) == "lower"
    short = trial(900, GOOD, seconds=2.0)
    assert _kind(*[short] * 20) is None
    assert _kind(*[trial(900, BAD, seconds=2.0)] * 4) == "upper"


def test_the_lower_bound_lies_below_the_lowest_upper_bound() -> None:
    trials = [trial(rate, share) for rate, share in ((500, GOOD), (700, BAD), (800, GOOD)) for _ in range(2)]
    assert bounds(trials, 0, OBJECTIVES[0], EFFORT) == (500, 700)
    assert bounds([], 0, OBJECTIVES[0], EFFORT) == (None, None)


@given(st.lists(st.tuples(RATES, st.booleans()), max_size=30), RATES)
def test_bounds_are_in_order_and_a_looser_objective_has_no_lower_ones(
    tried: list[tuple[float, bool]], limit: float
) -> None:
    """Trials that miss the strict objective anywhere, and the loose one only above a limit of their own."""
    trials = [
        trial(rate, (0.02 if bad else 0.0, 0.02 if bad and rate > limit else 0.0)) for rate, bad in tried
    ]
    strict = bounds(trials, 0, OBJECTIVES[0], EFFORT)
    loose = bounds(trials, 1, OBJECTIVES[1], EFFORT)
    for lower, upper in (strict, loose):
        assert lower is None or upper is None or lower < upper
    assert (loose[0] or 0) >= (strict[0] or 0)
    assert (loose[1] or 1e9) >= (strict[1] or 1e9)


@pytest.mark.parametrize(
    ("lower", "upper", "limit", "status"),
    [
        (900, 1000, None, "bracket"),
        (900, None, None, "lower-bound"),
        (None, 20, None, "missed"),
        (900, None, "generator", "lower-bound"),
        (None, None, "generator", "undetermined"),
        (900, 1500, "machine", "undetermined"),
        (None, None, "time", "undetermined"),
    ],
)
def test_a_pair_of_bounds_has_a_name(
    lower: float | None, upper: float | None, limit: str | None, status: str
) -> None:
    named = bracket(lower, upper, limit, "because" if limit else "")
    assert (named.status, bool(named.why)) == (status, status != "bracket")
    assert named.lower_rps == lower


def test_where_the_generator_was_full_no_upper_bound_is_the_servers() -> None:
    assert bracket(900, 1000, "generator", "full").upper_rps is None


def test_rounds_are_combined_by_their_medians_and_the_worst_status() -> None:
    def found(low: float, high: float | None) -> Bracket:
        return bracket(low, high, None, "")

    whole = combine([found(900, 1000), found(950, 1040), found(700, 800)])
    assert (whole.status, whole.lower_rps, whole.upper_rps) == ("bracket", 900, 1000)
    assert whole.relative_width == pytest.approx(0.1)
    open_end = combine([found(900, 1000), found(950, None)])
    assert (open_end.status, open_end.upper_rps, open_end.relative_width) == ("lower-bound", None, None)


@given(st.tuples(RATES, RATES).map(sorted), st.tuples(RATES, RATES).map(sorted))
def test_overlap_is_symmetric_and_needs_a_common_rate(one: list[float], two: list[float]) -> None:
    assert overlap(*one, *two) == overlap(*two, *one) == (max(one[0], two[0]) <= min(one[1], two[1]))
