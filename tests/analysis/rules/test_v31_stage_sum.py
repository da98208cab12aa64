"""V31: stages are shown only if they add up to the scheme."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.rules.v31_stage_sum import StageSum
from analysis.statistics.intervals import Interval


def interval(estimate: float, half: float) -> Interval:
    return Interval(estimate, estimate - half, estimate + half, half / 2, 10, 50, 5)


def test_stages_that_add_up_are_let_be() -> None:
    assert StageSum().check("jwt-hs256", interval(100, 10), interval(3, 5)) is None


@pytest.mark.parametrize("rest", [16, -16])
def test_a_rest_beyond_the_limit_takes_the_stages(rest: float) -> None:
    finding = StageSum().check("jwt-hs256", interval(100, 10), interval(rest, 1))
    assert finding is not None
    assert (finding.severity, finding.subject, finding.refuses) == (
        "refuse-figure",
        "stages of jwt-hs256",
        "none",
    )
    assert finding.number == rest / 100


def test_a_rest_that_may_be_beyond_it_is_told() -> None:
    finding = StageSum().check("jwt-hs256", interval(100, 10), interval(5, 11))
    assert finding is not None
    assert finding.severity == "tag"
    assert "does not rule out 16%" in finding.sentence


def test_nothing_has_no_parts() -> None:
    finding = StageSum().check("jwt-hs256", interval(5, 6), interval(0, 0.1))
    assert finding is not None
    assert finding.severity == "refuse-figure"
    assert "cannot be told from nothing" in finding.sentence


@given(st.floats(1, 1e4), st.floats(-1e4, 1e4), st.floats(0, 1e4))
def test_whatever_is_let_be_explains_enough(total: float, rest: float, half: float) -> None:
    finding = StageSum().check("jwt-hs256", interval(total, total / 10), interval(rest, half))
    if finding is None:
        assert abs(rest) + half <= 0.15 * total * (1 + 1e-9)
