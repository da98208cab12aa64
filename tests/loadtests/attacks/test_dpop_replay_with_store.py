"""With the store of used proofs a proof is good once."""

from loadtests.attacks.dpop_replay_with_store import DpopReplayWithStore
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(DpopReplayWithStore)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-dpop": REJECTED,
        "jwt-hs256": NOT_RUN,
    }
    assert attacked.outcomes(DpopReplayWithStore, *expected) == expected
