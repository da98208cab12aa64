"""No kind of refusal takes many times as long as another."""

import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.refusal_latency import RefusalLatency
from loadtests.attacks.run_attacks import Laboratory
from tests.loadtests.attacks.attacked import attacked, attacked_control


def test_the_control_falls(laboratory: Laboratory) -> None:
    cell = attacked_control(laboratory, RefusalLatency)
    assert cell.outcome is AttackOutcome.SUCCEEDED, cell.reason


@pytest.mark.parametrize(
    ("scheme", "outcome"),
    [
        ("session-redis", AttackOutcome.REJECTED),
        ("jwt-denylist", AttackOutcome.REJECTED),
    ],
)
def test_what_comes_of_it(laboratory: Laboratory, scheme: str, outcome: AttackOutcome) -> None:
    cell = attacked(laboratory, RefusalLatency, scheme)
    assert cell.outcome is outcome, cell.reason
    assert cell.denied_by_card is None
    assert cell.worked_before is not False
    assert cell.worked_after is not False


def test_every_kind_that_is_refused_is_compared(laboratory: Laboratory) -> None:
    """jwt-hs256 revokes nothing: two kinds, one pair; jwt-denylist has three of each."""
    pairs = {
        scheme: sum("ratio" in figure.name for figure in attacked(laboratory, RefusalLatency, scheme).figures)
        for scheme in ("jwt-hs256", "jwt-denylist")
    }
    assert pairs == {"jwt-hs256": 1, "jwt-denylist": 3}
