import numpy as np
import pytest

from analysis.capacity.uncertain import exact, measured, quantity
from analysis.statistics.estimate import Estimate

COST = Estimate(value=300.0, low=280.0, high=320.0)


def test_a_figure_that_is_its_input_has_its_inputs_interval() -> None:
    cost = measured("cost", COST, "us", "run r", key="a")
    assert cost is not None
    same = quantity("x", "x", "us", lambda cost: cost, {"cost": cost}, words="cost")
    assert same.value == 300
    assert same.low == pytest.approx(280, abs=1)
    assert same.high == pytest.approx(320, abs=1)
    assert [(one.name, one.value, one.source) for one in same.inputs] == [("cost", 300, "run r")]


def test_independent_inputs_add_up_as_squares() -> None:
    one, other = (measured("cost", COST, "us", "run r", key=key) for key in "ab")
    assert one is not None
    assert other is not None
    both = quantity("x", "x", "us", lambda a, b: a + b, {"a": one, "b": other}, words="a + b")
    assert both.value == 600
    assert both.high is not None
    assert both.high - 600 == pytest.approx(20 * np.sqrt(2), rel=0.05)
    assert (one + other).draws == pytest.approx(one.draws + other.draws)


def test_what_two_arms_share_does_not_blur_their_difference() -> None:
    control = measured("cost", COST, "us", "run r", key="control")
    more = measured("cost", Estimate(value=50.0, low=48.0, high=52.0), "us", "paired", key="arm")
    assert control is not None
    assert more is not None
    arm = control + more
    apart = quantity("x", "x", "us", lambda a, b: a - b, {"a": arm, "b": control}, words="a - b")
    assert apart.low == pytest.approx(48, abs=0.2)
    assert apart.high == pytest.approx(52, abs=0.2)


def test_given_numbers_have_no_interval_and_draws_depend_on_the_key_alone() -> None:
    four = quantity("x", "x", "", lambda a: 2 * a, {"a": exact("a", 2, "", "demand")}, words="2 a")
    assert (four.value, four.low, four.high) == (4, 4, 4)
    assert four.inputs[0].low is None
    again, other = (measured("cost", COST, "us", "run r", key=key) for key in ("a", "b"))
    first = measured("another name", COST, "us", "elsewhere", key="a")
    assert again is not None
    assert first is not None
    assert other is not None
    assert (again.draws == first.draws).all()
    assert not (again.draws == other.draws).any()


def test_without_an_interval_there_is_no_input() -> None:
    assert measured("cost", Estimate(value=300.0), "us", "run r", key="a") is None


def test_a_figure_that_is_infinite_has_none() -> None:
    never = quantity(
        "x", "x", "s", lambda a: np.where(a > 0, np.inf, 0.0), {"a": exact("a", 1, "", "")}, words=""
    )
    assert (never.value, never.low, never.high) == (None, None, None)
