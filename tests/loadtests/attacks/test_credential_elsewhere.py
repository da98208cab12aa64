from loadtests.attacks.credential_elsewhere import CredentialElsewhere
from tests.loadtests.attacks.attacked import SUCCEEDED, UNAUTHENTICATED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(CredentialElsewhere)
    assert cell.outcome is SUCCEEDED, cell
    assert "?access_token=" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": UNAUTHENTICATED,
        "jwt-hs256": UNAUTHENTICATED,
        "jwt-dpop": UNAUTHENTICATED,
    }
    assert attacked.outcomes(CredentialElsewhere, *expected) == expected
