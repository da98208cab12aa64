"""A proof can be repeated while it is young."""

from loadtests.attacks.dpop_replayed_proof import DpopReplayedProof
from tests.loadtests.attacks.attacked import NOT_RUN, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(DpopReplayedProof)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "jwt-dpop": SUCCEEDED,
        "jwt-hs256": NOT_RUN,
    }
    assert attacked.outcomes(DpopReplayedProof, *expected) == expected
