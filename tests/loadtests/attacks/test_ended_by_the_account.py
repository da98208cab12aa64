from loadtests.attacks.ended_by_the_account import EndedByTheAccount
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(EndedByTheAccount)
    assert cell.outcome is SUCCEEDED, cell
    assert "a password change" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-not-before": REJECTED,
        "jwt-hs256": SUCCEEDED,
        "session-signed-cookie": SUCCEEDED,
    }
    assert attacked.outcomes(EndedByTheAccount, *expected) == expected
