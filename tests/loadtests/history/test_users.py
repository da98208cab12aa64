"""How users end a login, and what a status tells them."""

import pytest

from authbench.contracts.card import Card, Operation
from authbench.contracts.security.drill_history import Act, Answer
from loadtests.history.users import End, answer_of, way_to_end


def card(*, ends: bool, window_s: float, disabled_s: float, everywhere: bool) -> Card:
    return Card(
        name="some",
        summary="for tests",
        authenticates=True,
        carrier="cookie",
        travels="something",
        store="redis",
        store_commands={Operation.READ: {}} | ({Operation.LOGOUT_EVERYWHERE: {}} if everywhere else {}),
        logout_ends_credential=ends,
        revocation_window_s=window_s,
        disabled_window_s=disabled_s,
        loopback_only=False,
    )


@pytest.mark.parametrize(
    ("ends", "window_s", "disabled_s", "everywhere", "way"),
    [
        (True, 0, 0, True, End(Operation.LOGOUT, 0)),
        (False, 900, 0, True, End(Operation.LOGOUT_EVERYWHERE, 0)),
        (False, 900, 0, False, End(Operation.LOGOUT, 900)),
        (False, 60, 60, True, End(Operation.LOGOUT, 60)),
    ],
)
def test_a_login_is_ended_in_the_way_that_reaches_farthest(
    ends: bool, window_s: float, disabled_s: float, everywhere: bool, way: End
) -> None:
    said = card(ends=ends, window_s=window_s, disabled_s=disabled_s, everywhere=everywhere)
    assert way_to_end(said) == way


@pytest.mark.parametrize(
    ("act", "status", "answer"),
    [
        (Act.READ, 200, Answer.YES),
        (Act.READ, 401, Answer.NO),
        (Act.READ, 400, Answer.UNAVAILABLE),
        (Act.REFRESH, 400, Answer.NO),
        (Act.READ, 503, Answer.UNAVAILABLE),
        (Act.LOGIN, 429, Answer.UNAVAILABLE),
        (Act.READ, 0, Answer.UNKNOWN),
    ],
)
def test_what_a_status_says(act: Act, status: int, answer: Answer) -> None:
    assert answer_of(act, status, 200) is answer
