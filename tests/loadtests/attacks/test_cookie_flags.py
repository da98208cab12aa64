from loadtests.attacks.cookie_flags import CookieFlags
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(CookieFlags)
    assert cell.outcome is SUCCEEDED, cell
    assert "missing: connect.sid" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-cookie": REJECTED,
        "jwt-hs256": NOT_RUN,
    }
    assert attacked.outcomes(CookieFlags, *expected) == expected
