from loadtests.attacks.old_id_after_login import OldIdAfterLogin
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(OldIdAfterLogin)
    assert cell.outcome is SUCCEEDED, cell
    assert "ended nothing" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "session-memory": REJECTED,
        "jwt-hs256": SUCCEEDED,
        "opaque-redis": SUCCEEDED,
    }
    assert attacked.outcomes(OldIdAfterLogin, *expected) == expected
