import pytest

from loadtests.attacks.past_its_expiry import PastItsExpiry
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(PastItsExpiry)
    assert cell.outcome is SUCCEEDED, cell
    assert "allows for more" in cell.reason


@pytest.mark.long
def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-hs256": REJECTED,
        "session-redis-fixed": REJECTED,
    }
    assert attacked.outcomes(PastItsExpiry, *expected) == expected
