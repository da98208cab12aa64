"""The grace is for the token before, and no other."""

import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.older_generation import OlderGeneration
from loadtests.attacks.run_attacks import Laboratory
from tests.loadtests.attacks.attacked import attacked, attacked_control


def test_the_control_falls(laboratory: Laboratory) -> None:
    cell = attacked_control(laboratory, OlderGeneration)
    assert cell.outcome is AttackOutcome.SUCCEEDED, cell.reason


@pytest.mark.parametrize(
    ("scheme", "outcome"),
    [
        ("jwt-refresh-grace", AttackOutcome.REJECTED),
        ("jwt-refresh-confirm", AttackOutcome.REJECTED),
        ("jwt-refresh-static", AttackOutcome.SUCCEEDED),
    ],
)
def test_what_comes_of_it(laboratory: Laboratory, scheme: str, outcome: AttackOutcome) -> None:
    cell = attacked(laboratory, OlderGeneration, scheme)
    assert cell.outcome is outcome, cell.reason
    assert cell.denied_by_card is None
    assert cell.worked_before is not False
    assert cell.worked_after is not False
