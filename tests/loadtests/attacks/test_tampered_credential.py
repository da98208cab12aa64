from loadtests.attacks.tampered_credential import TamperedCredential
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(TamperedCredential)
    assert cell.outcome is SUCCEEDED, cell
    assert "another subject" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-hs256": REJECTED,
        "session-signed-cookie": REJECTED,
        "jwt-dpop": REJECTED,
    }
    assert attacked.outcomes(TamperedCredential, *expected) == expected
