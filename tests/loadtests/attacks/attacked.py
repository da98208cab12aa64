"""Run one attack on real servers, and on its vulnerable control."""

from collections import OrderedDict
from contextlib import ExitStack

from authbench.contracts.security.attack import AttackOutcome, Cell
from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Condition
from loadtests.attacks.laboratory.target import Target
from loadtests.attacks.run_attacks import Laboratory, attack_target

SUCCEEDED, REJECTED = AttackOutcome.SUCCEEDED, AttackOutcome.REJECTED
UNAUTHENTICATED, NOT_RUN = AttackOutcome.UNAUTHENTICATED, AttackOutcome.NOT_RUN
_AT_ONCE = 10
"""Servers that are kept for the next attack: one that waits wakes up ten times a second all the same."""


class Attacked(ExitStack):
    """Servers under attack, each started when it is first needed, and again where that was long ago."""

    def __init__(self, laboratory: Laboratory) -> None:
        super().__init__()
        self._laboratory = laboratory
        self._running: OrderedDict[tuple[str, str], tuple[Target, ExitStack]] = OrderedDict()
        self.callback(lambda: self._stop_all_but(0))

    def __call__(self, attack: type[Attack], scheme: str) -> Cell:
        """What comes of it on a server of the scheme."""
        return attack_target(attack(), self._target(scheme, attack.condition), scheme)

    def _target(self, scheme: str, condition: Condition) -> Target:
        key = scheme, condition.name
        if key not in self._running:
            self._stop_all_but(_AT_ONCE - 1)
            ending = ExitStack()
            self._running[key] = ending.enter_context(self._laboratory.target(scheme, condition)), ending
        self._running.move_to_end(key)
        return self._running[key][0]

    def _stop_all_but(self, count: int) -> None:
        """Keep so many, those that were attacked last."""
        while len(self._running) > count:
            _, ending = self._running.popitem(last=False)[1]
            ending.close()

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
