"""No kind of refusal takes many times as long as another."""

from loadtests.attacks.refusal_latency import RefusalLatency
from tests.loadtests.attacks.attacked import REJECTED, SUCCEEDED, Attacked


def test_its_control_falls(attacked: Attacked) -> None:
    cell = attacked.control(RefusalLatency)
    assert cell.outcome is SUCCEEDED, cell


def test_what_comes_of_it(attacked: Attacked) -> None:
    expected = {
        "session-redis": REJECTED,
        "jwt-denylist": REJECTED,
    }
    assert attacked.outcomes(RefusalLatency, *expected) == expected


def test_every_kind_that_is_refused_is_compared(attacked: Attacked) -> None:
    """jwt-hs256 revokes nothing: two kinds, one pair; jwt-denylist has three of each."""
    pairs = {
        scheme: sum("ratio" in figure.name for figure in attacked(RefusalLatency, scheme).figures)
        for scheme in ("jwt-hs256", "jwt-denylist")
    }
    assert pairs == {"jwt-hs256": 1, "jwt-denylist": 3}
