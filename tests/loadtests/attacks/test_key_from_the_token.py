from loadtests.attacks.key_from_the_token import KeyFromTheToken
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(KeyFromTheToken)
    assert cell.outcome is SUCCEEDED, cell
    assert "dev/null" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-hs256": REJECTED,
        "jwt-rs256": REJECTED,
    }
    assert attacked.outcomes(KeyFromTheToken, *expected) == expected
