from loadtests.attacks.role_taken_away import RoleTakenAway
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(RoleTakenAway)
    assert cell.outcome is SUCCEEDED, cell
    assert "once more" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-not-before": REJECTED,
        "jwt-denylist": SUCCEEDED,
        "jwt-hs256": SUCCEEDED,
    }
    assert attacked.outcomes(RoleTakenAway, *expected) == expected
