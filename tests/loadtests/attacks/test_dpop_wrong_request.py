"""A proof is for one request."""

import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.dpop_wrong_request import DpopWrongRequest
from loadtests.attacks.run_attacks import Laboratory
from tests.loadtests.attacks.attacked import attacked, attacked_control


def test_the_control_falls(laboratory: Laboratory) -> None:
    cell = attacked_control(laboratory, DpopWrongRequest)
    assert cell.outcome is AttackOutcome.SUCCEEDED, cell.reason


@pytest.mark.parametrize(
    ("scheme", "outcome"),
    [
        ("jwt-dpop", AttackOutcome.REJECTED),
        ("session-redis", AttackOutcome.NOT_RUN),
    ],
)
def test_what_comes_of_it(laboratory: Laboratory, scheme: str, outcome: AttackOutcome) -> None:
    cell = attacked(laboratory, DpopWrongRequest, scheme)
    assert cell.outcome is outcome, cell.reason
    assert cell.denied_by_card is None
    assert cell.worked_before is not False
    assert cell.worked_after is not False
