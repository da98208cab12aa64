"""The contract of a judge: a tool of others that says whether a server does what it must."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from authbench.contracts.security.judges import Objection
from loadtests.attacks.run_attacks import Laboratory


@dataclass(frozen=True)
class Topic:
    """One question that a judge answers."""

    name: str
    question: str
    """In plain words, so that an objection is the answer yes."""
    control: str
    """What it must object to on this topic: `module:Class` of servers/vulnerable/, a listed scheme that has
    the weakness itself, or a name that the judge knows.
    """
    row: str | None = None
    """The attack of ours that asks the same; None: there is none."""


@dataclass
class Heard:
    """What a judge said on one topic."""

    tried: int = 0
    objections: list[Objection] = field(default_factory=list)
    not_run: str | None = None
    note: str = ""
    """How it was asked, where that matters."""


class Judge(ABC):
    """One tool. Every concrete class in judges/outside/ is asked."""

    name: ClassVar[str]
    home: ClassVar[str]
    """Where it comes from."""
    topics: ClassVar[tuple[Topic, ...]]
    subjects: ClassVar[tuple[str, ...]]
    """Schemes that it is asked about: a few, of each kind that makes a difference to it."""

    @abstractmethod
    def missing(self) -> str | None:
        """Why it cannot be asked here, in one line that says what to do; None: it can."""

    @abstractmethod
    def version(self) -> str | None:
        """What it calls itself. Asked only if nothing is missing."""

    @abstractmethod
    def hear(self, laboratory: Laboratory, subject: str, topics: Sequence[Topic]) -> Mapping[str, Heard]:
        """Point it at a server of the subject, started here on loopback; what it says on each of the topics.

        Failure if it does not do its work: then nothing follows from it.
        """
