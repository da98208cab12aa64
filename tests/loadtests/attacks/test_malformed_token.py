from loadtests.attacks.malformed_token import MalformedToken
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(MalformedToken)
    assert cell.outcome is SUCCEEDED, cell
    assert "status 500" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-hs256": REJECTED,
        "jwt-es256": REJECTED,
        "jwt-dpop": REJECTED,
    }
    assert attacked.outcomes(MalformedToken, *expected) == expected
