"""A secret that verifies signs as well; a public key does not, and no key makes an id."""

import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.run_attacks import Laboratory
from loadtests.attacks.verifier_compromise import VerifierCompromise
from tests.loadtests.attacks.attacked import attacked, attacked_control


def test_the_control_falls(laboratory: Laboratory) -> None:
    cell = attacked_control(laboratory, VerifierCompromise)
    assert cell.outcome is AttackOutcome.SUCCEEDED, cell.reason


@pytest.mark.parametrize(
    ("scheme", "outcome"),
    [
        ("jwt-es256", AttackOutcome.REJECTED),
        ("session-redis", AttackOutcome.REJECTED),
        ("jwt-dpop", AttackOutcome.SUCCEEDED),
        ("jwt-cookie", AttackOutcome.SUCCEEDED),
        ("session-signed-cookie", AttackOutcome.SUCCEEDED),
        ("session-cookie-cache", AttackOutcome.SUCCEEDED),
    ],
)
def test_what_comes_of_it(laboratory: Laboratory, scheme: str, outcome: AttackOutcome) -> None:
    cell = attacked(laboratory, VerifierCompromise, scheme)
    assert cell.outcome is outcome, cell.reason
    assert cell.denied_by_card is None
    assert cell.worked_before is not False
    assert cell.worked_after is not False
