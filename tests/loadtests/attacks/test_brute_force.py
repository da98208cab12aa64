"""Ten passwords are tried, and the owner gets in meanwhile."""

from loadtests.attacks.brute_force import BruteForce
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(BruteForce)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-hs256": REJECTED,
        "session-redis": REJECTED,
        "session-sql": NOT_RUN,
    }
    assert attacked.outcomes(BruteForce, *expected) == expected


def test_the_owner_on_a_known_device_is_not_locked_out(attacked: Attacked) -> None:
    cell = attacked(BruteForce, "session-redis")
    figures = {figure.name: figure.value for figure in cell.figures}
    assert figures["owner on a known device locked out"] == 0
    assert figures["wrong passwords that were tried"] <= 20
    assert cell.worked_after
