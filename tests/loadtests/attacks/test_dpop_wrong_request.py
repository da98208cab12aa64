"""A proof is for one request."""

from loadtests.attacks.dpop_wrong_request import DpopWrongRequest
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(DpopWrongRequest)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-dpop": REJECTED,
        "session-redis": NOT_RUN,
    }
    assert attacked.outcomes(DpopWrongRequest, *expected) == expected
