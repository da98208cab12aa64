"""The contract of an attack: requests to a running server that it must not grant, and how far they came."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from authbench.system.discovery import find_classes
from loadtests.clients.blocking_client import BlockingClient, Reply
from loadtests.clients.client import Client, Headers


class Outcome(StrEnum):
    """How far an attack came. The oracle is the effect: what the server granted."""

    REJECTED = "reached, rejected"
    SUCCEEDED = "SUCCEEDED"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Target:
    """A running server, and what the attacker has: credentials that the server issued."""

    connection: BlockingClient
    client: Client
    """What a client of the scheme adds to a credential."""
    authenticates: bool
    """False: the scheme accepts everybody, so there is nothing to attack."""
    credential: Headers
    """A legitimate one."""
    expired: Headers | None


@dataclass(frozen=True)
class Evidence:
    """One request of an attack: its kind, the status it should get, and the reply."""

    kind: str
    expected_status: int
    reply: Reply


@dataclass(frozen=True)
class AttackResult:
    """What came of one attack."""

    outcome: Outcome
    evidence: Sequence[Evidence]


class Attack(ABC):
    """One attack. Verification runs every concrete class in this folder against every scheme."""

    name: ClassVar[str]
    misuses: ClassVar[str]
    """What the attack misuses, in one word: the names of its checks begin with it."""

    @abstractmethod
    def run(self, target: Target) -> AttackResult:
        """Attack the server, and use the legitimate credential too: it must work in the same minute."""


def find_attacks() -> list[Attack]:
    """Make one object of every attack in this folder."""
    from loadtests import attacks

    return [kind() for kind in find_classes(attacks, Attack).values()]
