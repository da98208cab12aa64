"""One store command decides a race; three do not."""

import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.refresh_race import RefreshRace
from loadtests.attacks.run_attacks import Laboratory
from tests.loadtests.attacks.attacked import attacked, attacked_control


def test_the_control_falls(laboratory: Laboratory) -> None:
    cell = attacked_control(laboratory, RefreshRace)
    assert cell.outcome is AttackOutcome.SUCCEEDED, cell.reason


@pytest.mark.parametrize(
    ("scheme", "outcome"),
    [
        ("jwt-hs256", AttackOutcome.REJECTED),
        ("jwt-refresh-grace", AttackOutcome.REJECTED),
        ("jwt-refresh-static", AttackOutcome.REJECTED),
    ],
)
def test_what_comes_of_it(laboratory: Laboratory, scheme: str, outcome: AttackOutcome) -> None:
    cell = attacked(laboratory, RefreshRace, scheme)
    assert cell.outcome is outcome, cell.reason
    assert cell.denied_by_card is None
    assert cell.worked_before is not False
    assert cell.worked_after is not False


def test_several_winners_are_counted_by_what_works(laboratory: Laboratory) -> None:
    """Not by statuses: each successor refreshes, and what it gives reads GET /me."""
    cell = attacked_control(laboratory, RefreshRace)
    figures = {figure.name: figure.value for figure in cell.figures}
    assert figures["logins that work after a round, the most"] > 1
    assert (
        figures["requests that were granted, the most of a round"]
        >= figures["logins that work after a round, the most"]
    )
