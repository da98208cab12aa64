import pytest

from loadtests.attacks.endless_refresh import EndlessRefresh
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(EndlessRefresh)
    assert cell.outcome is SUCCEEDED, cell
    assert "gives a new credential" in cell.reason


@pytest.mark.long
def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": NOT_RUN,
        "jwt-hs256": REJECTED,
    }
    assert attacked.outcomes(EndlessRefresh, *expected) == expected
