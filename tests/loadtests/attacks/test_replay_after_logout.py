from loadtests.attacks.replay_after_logout import ReplayAfterLogout
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(ReplayAfterLogout)
    assert cell.outcome is SUCCEEDED, cell
    assert "nothing has ended it" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-denylist": REJECTED,
        "jwt-hs256": SUCCEEDED,
        "jwt-dpop": SUCCEEDED,
        "none": NOT_RUN,
    }
    assert attacked.outcomes(ReplayAfterLogout, *expected) == expected
