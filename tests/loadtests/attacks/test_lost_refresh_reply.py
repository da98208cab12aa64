"""Strict rotation logs the owner out; what forgives a retry does not."""

import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.lost_refresh_reply import LostRefreshReply
from loadtests.attacks.run_attacks import Laboratory
from tests.loadtests.attacks.attacked import attacked, attacked_control


def test_the_control_falls(laboratory: Laboratory) -> None:
    cell = attacked_control(laboratory, LostRefreshReply)
    assert cell.outcome is AttackOutcome.SUCCEEDED, cell.reason


@pytest.mark.parametrize(
    ("scheme", "outcome"),
    [
        ("jwt-refresh-grace", AttackOutcome.REJECTED),
        ("jwt-refresh-confirm", AttackOutcome.REJECTED),
        ("jwt-refresh-static", AttackOutcome.REJECTED),
    ],
)
def test_what_comes_of_it(laboratory: Laboratory, scheme: str, outcome: AttackOutcome) -> None:
    cell = attacked(laboratory, LostRefreshReply, scheme)
    assert cell.outcome is outcome, cell.reason
    assert cell.denied_by_card is None
    assert cell.worked_before is not False
    assert cell.worked_after is not False


def test_a_connection_that_is_cut_loses_the_login_as_well(laboratory: Laboratory) -> None:
    """So the server did refresh: who only throws a reply away would not need the second way."""
    assert "thrown away and after one was cut off" in attacked_control(laboratory, LostRefreshReply).reason
