"""Rotation with reuse detection ends the login in either order; without, a thief goes on."""

from loadtests.attacks.refresh_reuse import RefreshReuse
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(RefreshReuse)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-hs256": REJECTED,
        "jwt-refresh-confirm": REJECTED,
        "jwt-refresh-static": SUCCEEDED,
        "session-redis": NOT_RUN,
    }
    assert attacked.outcomes(RefreshReuse, *expected) == expected
