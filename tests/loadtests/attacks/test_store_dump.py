"""Hashes cannot be presented, ids can."""

from loadtests.attacks.store_dump import StoreDump
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(StoreDump)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "session-sql": REJECTED,
        "opaque-redis": REJECTED,
        "jwt-hs256": REJECTED,
        "session-memory": NOT_RUN,
        "jwt-dpop": NOT_RUN,
    }
    assert attacked.outcomes(StoreDump, *expected) == expected
