"""Hashes cannot be presented, ids can."""

import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.run_attacks import Laboratory
from loadtests.attacks.store_dump import StoreDump
from tests.loadtests.attacks.attacked import attacked, attacked_control


def test_the_control_falls(laboratory: Laboratory) -> None:
    cell = attacked_control(laboratory, StoreDump)
    assert cell.outcome is AttackOutcome.SUCCEEDED, cell.reason


@pytest.mark.parametrize(
    ("scheme", "outcome"),
    [
        ("session-redis", AttackOutcome.REJECTED),
        ("session-sql", AttackOutcome.REJECTED),
        ("opaque-redis", AttackOutcome.REJECTED),
        ("jwt-hs256", AttackOutcome.REJECTED),
        ("session-memory", AttackOutcome.NOT_RUN),
        ("jwt-dpop", AttackOutcome.NOT_RUN),
    ],
)
def test_what_comes_of_it(laboratory: Laboratory, scheme: str, outcome: AttackOutcome) -> None:
    cell = attacked(laboratory, StoreDump, scheme)
    assert cell.outcome is outcome, cell.reason
    assert cell.denied_by_card is None
    assert cell.worked_before is not False
    assert cell.worked_after is not False
