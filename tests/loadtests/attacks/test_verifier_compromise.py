"""A secret that verifies signs as well; a public key does not, and no key makes an id."""

from loadtests.attacks.verifier_compromise import VerifierCompromise
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(VerifierCompromise)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-es256": REJECTED,
        "session-redis": REJECTED,
        "jwt-dpop": SUCCEEDED,
        "jwt-cookie": SUCCEEDED,
        "session-signed-cookie": SUCCEEDED,
        "session-cookie-cache": SUCCEEDED,
    }
    assert attacked.outcomes(VerifierCompromise, *expected) == expected
