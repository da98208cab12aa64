from loadtests.attacks.request_in_flight import RequestInFlight
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(RequestInFlight)
    assert cell.outcome is SUCCEEDED, cell
    assert "wrote back" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "session-redis-rewrite-safe": REJECTED,
        "session-redis-rewrite": SUCCEEDED,
        "jwt-hs256": NOT_RUN,
    }
    assert attacked.outcomes(RequestInFlight, *expected) == expected
