"""What forgives the owner a retry forgives a thief as well."""

import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.run_attacks import Laboratory
from loadtests.attacks.thief_within_grace import ThiefWithinGrace
from tests.loadtests.attacks.attacked import attacked, attacked_control


def test_the_control_falls(laboratory: Laboratory) -> None:
    cell = attacked_control(laboratory, ThiefWithinGrace)
    assert cell.outcome is AttackOutcome.SUCCEEDED, cell.reason


@pytest.mark.parametrize(
    ("scheme", "outcome"),
    [
        ("jwt-hs256", AttackOutcome.REJECTED),
        ("jwt-refresh-grace", AttackOutcome.SUCCEEDED),
        ("jwt-refresh-confirm", AttackOutcome.SUCCEEDED),
    ],
)
def test_what_comes_of_it(laboratory: Laboratory, scheme: str, outcome: AttackOutcome) -> None:
    cell = attacked(laboratory, ThiefWithinGrace, scheme)
    assert cell.outcome is outcome, cell.reason
    assert cell.denied_by_card is None
    assert cell.worked_before is not False
    assert cell.worked_after is not False
