"""The contract of a drill: a failure that is caused under load."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from authbench.contracts.card import Card
from authbench.contracts.records import SliceRecord
from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from authbench.system.discovery import find_classes
from loadtests.drills.site.session_file import LOCK_S, LOCKED_S
from loadtests.drills.site.site import NO_SETTINGS, Site
from loadtests.harness.processes.running_server import RunningServer


class Drill(ABC):
    """One kind of failure. `authbench drill NAME` finds every concrete class in this folder."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """What the drill does, in one line for its list."""


class FailureDrill(Drill):
    """A failure of a store, a process or a key, and proofs that it took place.

    Everything it breaks is in its `Site`, which belongs to it alone. Order of calls: `prepare`, after
    `lead_s` more `begin`, `during`, after `failure_s` `outlast`, `end`, `after`.
    """

    effect: ClassVar[Effect]
    """What it does to servers, and therefore what their cards promise."""
    failure_s: ClassVar[float] = 2.0
    lead_s: ClassVar[float] = 0.0
    after_s: ClassVar[float] = 4.0
    """For how long the load goes on when what was killed has been started again."""
    workers: ClassVar[int] = 1
    """Processes of each server."""
    proxied: ClassVar[bool] = False
    """Whether servers reach the store through a proxy, which is the network that fails."""
    replicas: ClassVar[int] = 0
    """Of the store, which hear it through another proxy. Where there are any, servers have a proxy too."""
    watched: ClassVar[bool] = False
    """Whether a sentinel watches the store and its replicas; then servers ask it, and have no proxy."""
    settings: ClassVar[Mapping[str, Any]] = NO_SETTINGS
    """Settings of the servers that differ from their defaults."""

    def not_for(self, card: Card) -> str | None:
        """Why it says nothing of a scheme with this card; None: it does."""
        return "it authenticates nobody" if not card.authenticates else None

    def prepare(self, site: Site) -> list[Proof]:
        """Look at what will fail, under load; proofs that it works."""
        return [site.answering("before the failure")]

    @abstractmethod
    def begin(self, site: Site) -> None:
        """Cause the failure."""

    @abstractmethod
    def during(self, site: Site) -> list[Proof]:
        """Proofs, apart from the load, that it has taken place."""

    def outlast(self, site: Site) -> int | None:  # noqa: ARG002 - for those that have to wait
        """Wait until a failure is over that something else ends than the drill; its CLOCK_MONOTONIC ns.

        None: it is over when `failure_s` have passed, and `end` ends it. Where there is such a moment, every
        read must be answered that is sent a deadline of the store later.
        """
        return None

    @abstractmethod
    def end(self, site: Site) -> None:
        """End it: start again what was killed, and nothing else. Not called on an interruption, which ends
        the whole site.
        """

    def after(self, site: Site) -> list[Proof]:
        """Proofs that it is over."""
        return [site.answering("after the failure")]


class StoreDrill(FailureDrill):
    """A failure of the Redis that schemes keep their logins in."""

    def not_for(self, card: Card) -> str | None:
        if card.store == "memory":
            return "its store is the process itself, which this drill leaves alone"
        if card.store == "sql":
            return "its store is a database, which this drill leaves alone: the drills named sql- break that"
        return super().not_for(card)


class SqlDrill(FailureDrill):
    """A failure of the SQL database that schemes keep their logins in: a file, no process of its own."""

    sessions_before: Mapping[str, int]
    """How many were in it, by scheme; set by `prepare`."""

    def not_for(self, card: Card) -> str | None:
        if card.store != "sql":
            return "its logins are in no SQL database"
        return super().not_for(card)

    def prepare(self, site: Site) -> list[Proof]:
        found = {scheme: server.session_file.count() for scheme, server in site.servers.items()}
        self.sessions_before = found
        return [
            Proof(what=f"sessions of {scheme} before the failure", seen=str(count), acted=count > 0)
            for scheme, count in found.items()
        ]

    def writes(self, site: Site, *, refused: bool) -> list[Proof]:
        """Proofs that another writer is refused, or is not."""
        within_s = LOCKED_S if refused else LOCK_S
        found = {
            scheme: server.session_file.refusal_of_a_write(within_s)
            for scheme, server in site.servers.items()
        }
        return [
            Proof(
                what=f"another writer of {scheme}'s sessions",
                seen=refusal or "let in",
                acted=(refusal is not None) is refused,
            )
            for scheme, refusal in found.items()
        ]


class InstrumentDrill(Drill):
    """A failure for one second in the middle of a slice of three: do the figures of a run show it?

    Two rules judge it: V36, whether the failure took place; V04, whether the figures show it.
    """

    @abstractmethod
    def begin(self, server: RunningServer) -> None:
        """Cause the failure, under load."""

    @abstractmethod
    def end(self, server: RunningServer) -> None:
        """End the failure. Also called when the drill is interrupted."""


def find_drills() -> dict[str, type[Drill]]:
    """Every drill of this folder by its name."""
    from loadtests import drills

    return find_classes(drills, Drill)


@dataclass(frozen=True)
class DrillResult:
    """What was seen of the server during an `InstrumentDrill`, and what the load generator saw of it."""

    arm: str
    rate_rps: float
    stopped_ns: int
    """When the failure began, from the slice's start, like every time below."""
    continued_ns: int
    due_ns: npt.NDArray[np.int64]
    done_ns: npt.NDArray[np.int64]
    """-1: never."""
    states_before: Sequence[str]
    """Of the server's process, as in /proc/PID/stat: T is stopped."""
    states_during: Sequence[str]
    states_after: Sequence[str]
    control_answers: int
    """PINGs that the store, which the drill leaves alone, answered during the failure."""
    record: SliceRecord

    @property
    def frozen_s(self) -> float:
        return (self.continued_ns - self.stopped_ns) / 1e9

    @property
    def longest_response_s(self) -> float:
        """From when the request was due; 0 if none was answered."""
        answered = self.done_ns >= 0
        return float((self.done_ns - self.due_ns)[answered].max(initial=0) / 1e9)
