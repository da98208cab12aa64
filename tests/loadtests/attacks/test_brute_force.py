"""Ten passwords are tried, and the owner gets in meanwhile."""

import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.brute_force import BruteForce
from loadtests.attacks.run_attacks import Laboratory
from tests.loadtests.attacks.attacked import attacked, attacked_control


def test_the_control_falls(laboratory: Laboratory) -> None:
    cell = attacked_control(laboratory, BruteForce)
    assert cell.outcome is AttackOutcome.SUCCEEDED, cell.reason


@pytest.mark.parametrize(
    ("scheme", "outcome"),
    [
        ("jwt-hs256", AttackOutcome.REJECTED),
        ("session-redis", AttackOutcome.REJECTED),
        ("session-sql", AttackOutcome.NOT_RUN),
    ],
)
def test_what_comes_of_it(laboratory: Laboratory, scheme: str, outcome: AttackOutcome) -> None:
    cell = attacked(laboratory, BruteForce, scheme)
    assert cell.outcome is outcome, cell.reason
    assert cell.denied_by_card is None
    assert cell.worked_before is not False
    assert cell.worked_after is not False


def test_the_owner_on_a_known_device_is_not_locked_out(laboratory: Laboratory) -> None:
    cell = attacked(laboratory, BruteForce, "session-redis")
    figures = {figure.name: figure.value for figure in cell.figures}
    assert figures["owner on a known device locked out"] == 0
    assert figures["wrong passwords that were tried"] <= 20
    assert cell.worked_after
