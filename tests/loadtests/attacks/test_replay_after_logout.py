import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.replay_after_logout import ReplayAfterLogout
from loadtests.attacks.run_attacks import Laboratory
from tests.loadtests.attacks.attacked import attacked, attacked_control


def test_the_control_falls(laboratory: Laboratory) -> None:
    assert attacked_control(laboratory, ReplayAfterLogout).outcome is AttackOutcome.SUCCEEDED


@pytest.mark.parametrize(
    ("scheme", "outcome"),
    [
        ("session-redis", AttackOutcome.REJECTED),
        ("jwt-denylist", AttackOutcome.REJECTED),
        ("jwt-hs256", AttackOutcome.SUCCEEDED),
        ("jwt-dpop", AttackOutcome.SUCCEEDED),
        ("none", AttackOutcome.NOT_RUN),
    ],
)
def test_what_comes_of_it(laboratory: Laboratory, scheme: str, outcome: AttackOutcome) -> None:
    cell = attacked(laboratory, ReplayAfterLogout, scheme)
    assert cell.outcome is outcome, cell.reason
    assert cell.denied_by_card is None
    if outcome is not AttackOutcome.NOT_RUN:
        assert cell.worked_before
        assert [each.effect for each in cell.evidence] == [
            None,
            True,
            None,
            outcome is AttackOutcome.SUCCEEDED,
        ]
