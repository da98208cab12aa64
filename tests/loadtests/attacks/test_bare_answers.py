from loadtests.attacks.bare_answers import BareAnswers
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(BareAnswers)
    assert cell.outcome is SUCCEEDED, cell
    assert "login, orders, refused" in cell.reason
    assert cell.reason.endswith("no HSTS of a year, nosniff")


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-hs256": REJECTED,
    }
    assert attacked.outcomes(BareAnswers, *expected) == expected
    cell = attacked(BareAnswers, "jwt-hs256")
    assert "no page" in cell.reason
    assert cell.evidence[-1].reply_headers["x-content-type-options"] == "nosniff"
