from loadtests.attacks.token_of_another_kind import TokenOfAnotherKind
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(TokenOfAnotherKind)
    assert cell.outcome is SUCCEEDED, cell
    assert "typ 'JWT'" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": NOT_RUN,
        "jwt-hs256": REJECTED,
        "jwt-eddsa": REJECTED,
        "jwt-dpop": REJECTED,
        "jwt-cookie": REJECTED,
    }
    assert attacked.outcomes(TokenOfAnotherKind, *expected) == expected
