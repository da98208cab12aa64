from loadtests.attacks.replay_at_another_worker import ReplayAtAnotherWorker
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(ReplayAtAnotherWorker)
    assert cell.outcome is SUCCEEDED, cell
    assert "the other one remembers" in cell.reason


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-denylist-local": REJECTED,
        "jwt-hs256": SUCCEEDED,
        "opaque-redis-cached": SUCCEEDED,
        "session-memory": NOT_RUN,
    }
    assert attacked.outcomes(ReplayAtAnotherWorker, *expected) == expected
