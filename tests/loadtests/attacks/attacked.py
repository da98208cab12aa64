"""Run one attack on real servers, and on its vulnerable control."""

from contextlib import ExitStack

from authbench.contracts.security.attack import AttackOutcome, Cell
from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.target import Target
from loadtests.attacks.run_attacks import Laboratory, attack_target

SUCCEEDED, REJECTED = AttackOutcome.SUCCEEDED, AttackOutcome.REJECTED
UNAUTHENTICATED, NOT_RUN = AttackOutcome.UNAUTHENTICATED, AttackOutcome.NOT_RUN


class Attacked(ExitStack):
    """Servers under attack, each started at its first use."""

    def __init__(self, laboratory: Laboratory) -> None:
        super().__init__()
        self._laboratory = laboratory
        self._targets: dict[tuple[str, str], Target] = {}

    def __call__(self, attack: type[Attack], scheme: str) -> Cell:
        """What comes of it on a server of the scheme."""
        key = scheme, attack.condition.name
        if key not in self._targets:
            self._targets[key] = self.enter_context(self._laboratory.target(scheme, attack.condition))
        return attack_target(attack(), self._targets[key], scheme)

    def outcomes(self, attack: type[Attack], *schemes: str) -> dict[str, AttackOutcome]:
        """What comes of it on each. Where the legitimate credential was asked, it worked."""
        cells = [self(attack, scheme) for scheme in schemes]
        for cell in cells:
            assert False not in (cell.worked_before, cell.worked_after), cell
            assert cell.denied_by_card is None, cell
            assert cell.reason
            if cell.outcome is not NOT_RUN:
                assert cell.evidence
        return {cell.scheme: cell.outcome for cell in cells}

    def control(self, attack: type[Attack]) -> Cell:
        """What comes of it on the server that must fall to it."""
        control = attack.control
        with self._laboratory.target(control.scheme, attack.condition, control) as target:
            return attack_target(attack(), target, control.scheme)
