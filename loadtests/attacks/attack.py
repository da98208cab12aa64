"""The contract of an attack: what somebody tries against a running server, and how far it comes."""

from abc import ABC, abstractmethod
from typing import ClassVar

from authbench.contracts.card import Card
from authbench.contracts.failure import Failure
from authbench.system.discovery import find_classes
from loadtests.attacks.laboratory.condition import NORMAL, Condition, Control, StandIn
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult


class Attack(ABC):
    """One attack: a row of the threat matrix. `authbench attack` runs every concrete class of this folder."""

    row: ClassVar[str]
    """Its place in the matrix: a letter for the group, and a number: 'E4'."""
    name: ClassVar[str]
    question: ClassVar[str]
    """What it asks, in plain words, so that 'SUCCEEDED' is the answer yes."""
    sources: ClassVar[tuple[str, ...]]
    """The requirements that it proves, by their names: 'OWASP ASVS 5.0 7.4.1', 'RFC 8725 section 3.1'."""
    control: ClassVar[Control]
    """The server that must fall to it, in the same run: otherwise the row shows nothing."""
    condition: ClassVar[Condition] = NORMAL
    """The server that it needs. Attacks that share one follow one another, each with people of its own."""
    slow: ClassVar[bool] = False
    """It waits for more than a few seconds: only with `--slow`."""

    @classmethod
    def stand_in(cls, scheme: str, card: Card) -> StandIn | None:  # noqa: ARG003 - most are tried on all
        """The scheme that is attacked instead, so that no server is started for this one; None: this one."""
        return None

    @abstractmethod
    def run(self, lab: AttackLab) -> AttackResult:
        """Attack the server of `lab`, whatever its scheme: where there is nothing to act on, `lab.not_run`.

        It makes the people it needs (`lab.new_person`), checks that their credential works before and after
        (`lab.check_before`, `lab.check_after`), asks for the effect (`lab.has_effect`), and returns
        `lab.succeeded`, `lab.rejected` or `lab.unauthenticated` with the reason in words. Chance must have
        no part in the outcome.
        """


def find_attacks() -> dict[str, type[Attack]]:
    """Every attack of this folder by its row, in the order of the matrix."""
    from loadtests import attacks

    found: dict[str, type[Attack]] = find_classes(attacks, Attack, key="row")
    for row, attack in found.items():
        if not (row[:1].isupper() and row[1:].isdigit()):
            raise Failure(f"{attack.__module__}: {row!r} is no row: give it a letter and a number")
    return dict(sorted(found.items(), key=lambda each: (each[0][0], int(each[0][1:]))))
