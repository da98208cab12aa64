from loadtests.attacks.credential_size import CredentialSize
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(CredentialSize)
    assert cell.outcome is SUCCEEDED, cell
    assert "larger than 4096" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-cookie": REJECTED,
        "jwt-hs256": REJECTED,
    }
    assert attacked.outcomes(CredentialSize, *expected) == expected
