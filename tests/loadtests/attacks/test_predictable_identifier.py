"""Ids of a Mersenne Twister give the next one away; those of the operating system do not."""

from loadtests.attacks.predictable_identifier import PredictableIdentifier
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(PredictableIdentifier)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "opaque-redis": REJECTED,
        "jwt-hs256": NOT_RUN,
    }
    assert attacked.outcomes(PredictableIdentifier, *expected) == expected
