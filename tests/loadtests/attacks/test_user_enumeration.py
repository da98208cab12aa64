"""A refusal takes as long for an unknown user as for a known one, and says the same."""

import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.run_attacks import Laboratory
from loadtests.attacks.user_enumeration import UserEnumeration
from tests.loadtests.attacks.attacked import attacked, attacked_control


def test_the_control_falls(laboratory: Laboratory) -> None:
    cell = attacked_control(laboratory, UserEnumeration)
    assert cell.outcome is AttackOutcome.SUCCEEDED, cell.reason
    area = cell.figures[0]
    assert area.low is not None
    assert area.low > 0.6


@pytest.mark.long
def test_a_server_that_hashes_for_nobody_too_tells_nothing(laboratory: Laboratory) -> None:
    cell = attacked(laboratory, UserEnumeration, "jwt-hs256")
    assert cell.outcome is AttackOutcome.REJECTED, cell.reason


def test_one_scheme_stands_for_each_way_to_log_in(laboratory: Laboratory) -> None:
    cell = attacked(laboratory, UserEnumeration, "session-sql")
    assert cell.outcome is AttackOutcome.NOT_RUN
    assert "session-redis" in cell.reason
