"""The grace is for the token before, and no other."""

from loadtests.attacks.older_generation import OlderGeneration
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(OlderGeneration)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-refresh-grace": REJECTED,
        "jwt-refresh-confirm": REJECTED,
        "jwt-refresh-static": SUCCEEDED,
    }
    assert attacked.outcomes(OlderGeneration, *expected) == expected
