from loadtests.attacks.claims_of_another_place import ClaimsOfAnotherPlace
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(ClaimsOfAnotherPlace)
    assert cell.outcome is SUCCEEDED, cell
    assert "no aud" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": NOT_RUN,
        "jwt-hs256": REJECTED,
        "jwt-rs256": REJECTED,
        "jwt-dpop": REJECTED,
    }
    assert attacked.outcomes(ClaimsOfAnotherPlace, *expected) == expected
