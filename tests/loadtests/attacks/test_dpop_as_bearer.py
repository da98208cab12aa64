"""A bound token is no bearer token."""

from loadtests.attacks.dpop_as_bearer import DpopAsBearer
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(DpopAsBearer)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-dpop": REJECTED,
        "jwt-hs256": NOT_RUN,
    }
    assert attacked.outcomes(DpopAsBearer, *expected) == expected
