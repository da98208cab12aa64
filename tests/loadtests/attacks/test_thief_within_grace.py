"""What forgives the owner a retry forgives a thief as well."""

from loadtests.attacks.thief_within_grace import ThiefWithinGrace
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(ThiefWithinGrace)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-hs256": REJECTED,
        "jwt-refresh-grace": SUCCEEDED,
        "jwt-refresh-confirm": SUCCEEDED,
    }
    assert attacked.outcomes(ThiefWithinGrace, *expected) == expected
