"""A password that fails on many accounts is slowed down for all."""

from loadtests.attacks.password_spray import PasswordSpray
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(PasswordSpray)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-hs256": REJECTED,
        "session-redis": REJECTED,
        "opaque-redis": NOT_RUN,
    }
    assert attacked.outcomes(PasswordSpray, *expected) == expected
