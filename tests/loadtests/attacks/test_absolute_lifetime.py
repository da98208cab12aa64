import pytest

from loadtests.attacks.absolute_lifetime import AbsoluteLifetime
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(AbsoluteLifetime)
    assert cell.outcome is SUCCEEDED, cell
    assert "lifetime is over" in cell.reason


@pytest.mark.long
def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-hs256": REJECTED,
        "session-redis-fixed": REJECTED,
    }
    assert attacked.outcomes(AbsoluteLifetime, *expected) == expected
