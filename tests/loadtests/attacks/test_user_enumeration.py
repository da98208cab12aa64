"""A refusal takes as long for an unknown user as for a known one, and says the same."""

import pytest

from loadtests.attacks.user_enumeration import UserEnumeration
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_the_control_falls(attacked_as_they_are: Attacked) -> None:
    cell = attacked_as_they_are.control(UserEnumeration)
    assert cell.outcome is SUCCEEDED, cell.reason
    area = cell.figures[0]
    assert area.low is not None
    assert area.low > 0.6


@pytest.mark.long
def test_a_server_that_hashes_for_nobody_too_tells_nothing(attacked_as_they_are: Attacked) -> None:
    cell = attacked_as_they_are(UserEnumeration, "jwt-hs256")
    assert cell.outcome is REJECTED, cell.reason


def test_one_scheme_stands_for_each_way_to_log_in(attacked_as_they_are: Attacked) -> None:
    cell = attacked_as_they_are(UserEnumeration, "session-sql")
    assert cell.outcome is NOT_RUN
    assert "session-redis" in cell.reason
