from loadtests.attacks.key_confusion import KeyConfusion
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(KeyConfusion)
    assert cell.outcome is SUCCEEDED, cell
    assert "HS256 with PEM" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": NOT_RUN,
        "jwt-rs256": REJECTED,
        "jwt-es256": REJECTED,
        "jwt-eddsa": REJECTED,
    }
    assert attacked.outcomes(KeyConfusion, *expected) == expected
