"""Whatever is under way has ended with everything else, unless taking and remembering are two steps."""

import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.refresh_during_logout import RefreshDuringLogout
from loadtests.attacks.run_attacks import Laboratory
from tests.loadtests.attacks.attacked import attacked, attacked_control


def test_the_control_falls(laboratory: Laboratory) -> None:
    cell = attacked_control(laboratory, RefreshDuringLogout)
    assert cell.outcome is AttackOutcome.SUCCEEDED, cell.reason


@pytest.mark.parametrize(
    ("scheme", "outcome"),
    [
        ("jwt-hs256", AttackOutcome.REJECTED),
        ("jwt-not-before", AttackOutcome.REJECTED),
        ("jwt-refresh-grace", AttackOutcome.REJECTED),
    ],
)
def test_what_comes_of_it(laboratory: Laboratory, scheme: str, outcome: AttackOutcome) -> None:
    cell = attacked(laboratory, RefreshDuringLogout, scheme)
    assert cell.outcome is outcome, cell.reason
    assert cell.denied_by_card is None
    assert cell.worked_before is not False
    assert cell.worked_after is not False
