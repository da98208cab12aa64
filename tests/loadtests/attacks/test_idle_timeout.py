import pytest

from loadtests.attacks.idle_timeout import IdleTimeout
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(IdleTimeout)
    assert cell.outcome is SUCCEEDED, cell
    assert "absolute lifetime only" in cell.reason


@pytest.mark.long
def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-hs256": REJECTED,
        "session-redis-fixed": SUCCEEDED,
    }
    assert attacked.outcomes(IdleTimeout, *expected) == expected
