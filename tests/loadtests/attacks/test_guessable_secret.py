from loadtests.attacks.guessable_secret import GuessableSecret
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(GuessableSecret)
    assert cell.outcome is SUCCEEDED, cell
    assert "'secret'" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-hs256": REJECTED,
        "session-signed-cookie": REJECTED,
    }
    assert attacked.outcomes(GuessableSecret, *expected) == expected
