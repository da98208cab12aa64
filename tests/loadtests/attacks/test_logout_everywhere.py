from loadtests.attacks.logout_everywhere import LogoutEverywhere
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(LogoutEverywhere)
    assert cell.outcome is SUCCEEDED, cell
    assert "credentials are accepted" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-not-before": REJECTED,
        "jwt-hs256": SUCCEEDED,
        "session-signed-cookie": SUCCEEDED,
    }
    assert attacked.outcomes(LogoutEverywhere, *expected) == expected
