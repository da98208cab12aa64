"""Whatever is under way has ended with everything else, unless taking and remembering are two steps."""

from loadtests.attacks.refresh_during_logout import RefreshDuringLogout
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(RefreshDuringLogout)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-hs256": REJECTED,
        "jwt-not-before": REJECTED,
        "jwt-refresh-grace": REJECTED,
    }
    assert attacked.outcomes(RefreshDuringLogout, *expected) == expected
