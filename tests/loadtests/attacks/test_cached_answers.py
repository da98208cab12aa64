from loadtests.attacks.cached_answers import CachedAnswers
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(CachedAnswers)
    assert cell.outcome is SUCCEEDED, cell
    assert "login, read" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-hs256": REJECTED,
    }
    assert attacked.outcomes(CachedAnswers, *expected) == expected
