"""The contract of a running server of an arm: asked through its measuring interface, wherever it is."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from authbench.contracts.card import Card
from authbench.contracts.measuring_protocol import (
    Counters,
    Credential,
    Order,
    Question,
    Seeded,
    SeedOrder,
    Statements,
)
from authbench.contracts.records import ServerConfig
from loadtests.clients.blocking_client import BlockingClient

SEED_PORTION = 1000
"""Credentials to ask for at a time."""
_Reply = TypeVar("_Reply", bound=BaseModel)


class RunningServer(ABC):
    """A scheme under test. `wait_until_ready` before anything else.

    Numbers of processes and processors are those of the host that the server runs on.
    """

    arm: str
    host: str
    """The address by which its clients reach it."""
    port: int
    """Known once it is ready."""
    pids: list[int]
    """Of all its processes, the first one's first; known once it is ready."""
    authority: Path | None
    """File of this host: who signed its certificate. None: it speaks plain HTTP."""

    @property
    def pid(self) -> int:
        """The id of the server's first process."""
        return self.pids[0]

    @abstractmethod
    def wait_until_ready(self) -> None:
        """Wait until it accepts connections. Failure when it cannot start."""

    @abstractmethod
    def ask(self, order: Order, expected: type[_Reply]) -> _Reply:
        """Send an order to the measuring interface; the reply. Failure if it is an error, or none comes."""

    @abstractmethod
    def pin(self, cpus: Iterable[int]) -> None:
        """Move all its processes to these processors. Failure if one of them has ended."""

    @abstractmethod
    def processors(self) -> list[int]:
        """The processors that its processes may use, as the kernel tells it."""

    @abstractmethod
    def cpu_ns(self) -> int:
        """CPU time of all its processes so far. Failure if one of them has ended."""

    @abstractmethod
    def ask_to_stop(self) -> None:
        """Ask it to end, and return at once."""

    @abstractmethod
    def stop(self) -> None:
        """End it. Safe to call twice."""

    def card(self) -> Card:
        return self.ask(Question(op="card"), Card)

    def config(self) -> ServerConfig:
        return self.ask(Question(op="config"), ServerConfig)

    def counters(self) -> Counters:
        return self.ask(Question(op="counters"), Counters)

    @property
    def origin(self) -> str:
        return f"{'https' if self.authority else 'http'}://{self.host}:{self.port}"

    def connect(self) -> BlockingClient:
        """Open a connection of the harness's own. Close it, or use it as a context."""
        return BlockingClient(self.host, self.port, self.authority)

    def store_statements(self) -> dict[str, int]:
        """Statements the scheme has sent to an SQL store of its own so far; empty for every other."""
        return self.ask(Question(op="store_statements"), Statements).root

    def seed(
        self, first: int, count: int, lifetime_s: int, scope: str = "user", jkt: str = ""
    ) -> list[Credential]:
        """Credentials of user number `first` on; a negative lifetime gives expired ones.

        `jkt` is the thumbprint of the client's key, if it has one. Many are asked for in several portions:
        each has its own time to be answered in.
        """
        seeded: list[Credential] = []
        for done in range(0, count, SEED_PORTION):
            portion = min(SEED_PORTION, count - done)
            order = SeedOrder(first=first + done, count=portion, lifetime_s=lifetime_s, scope=scope, jkt=jkt)
            seeded += self.ask(order, Seeded).credentials
        return seeded


def stop_all(servers: Iterable[RunningServer]) -> None:
    """Signal every server to stop, then wait for each: their ends overlap."""
    servers = list(servers)
    for server in servers:
        server.ask_to_stop()
    for server in servers:
        server.stop()
