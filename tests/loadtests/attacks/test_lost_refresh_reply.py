"""Strict rotation logs the owner out; what forgives a retry does not."""

from loadtests.attacks.lost_refresh_reply import LostRefreshReply
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(LostRefreshReply)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-refresh-grace": REJECTED,
        "jwt-refresh-confirm": REJECTED,
        "jwt-refresh-static": REJECTED,
    }
    assert attacked.outcomes(LostRefreshReply, *expected) == expected


def test_a_connection_that_is_cut_loses_the_login_as_well(attacked: Attacked) -> None:
    """So the server did refresh: who only throws a reply away would not need the second way."""
    assert "thrown away and after one was cut off" in attacked.control(LostRefreshReply).reason
