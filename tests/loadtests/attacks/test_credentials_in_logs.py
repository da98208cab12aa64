from loadtests.attacks.credentials_in_logs import CredentialsInLogs
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(CredentialsInLogs)
    assert cell.outcome is SUCCEEDED, cell
    assert "credential" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-hs256": REJECTED,
        "jwt-dpop": REJECTED,
    }
    assert attacked.outcomes(CredentialsInLogs, *expected) == expected
