"""One store command decides a race; three do not."""

from loadtests.attacks.refresh_race import RefreshRace
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(RefreshRace)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-hs256": REJECTED,
        "jwt-refresh-grace": REJECTED,
        "jwt-refresh-static": REJECTED,
    }
    assert attacked.outcomes(RefreshRace, *expected) == expected


def test_several_winners_are_counted_by_what_works(attacked: Attacked) -> None:
    """Not by statuses: each successor refreshes, and what it gives reads GET /me."""
    cell = attacked.control(RefreshRace)
    figures = {figure.name: figure.value for figure in cell.figures}
    assert figures["logins that work after a round, the most"] > 1
    assert (
        figures["requests that were granted, the most of a round"]
        >= figures["logins that work after a round, the most"]
    )
