"""One server process of an arm: started, asked through its measuring interface, stopped."""

import json
import socket
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from authbench.contracts.card import Card
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.measuring_protocol import (
    Counters,
    Credential,
    Order,
    Processes,
    Question,
    Ready,
    Seeded,
    SeedOrder,
    StartFailed,
    Statements,
)
from authbench.contracts.message import OrderError, read_reply
from authbench.contracts.records import ServerConfig
from authbench.system.certificate import Certificate
from loadtests.clients.blocking_client import BlockingClient
from loadtests.harness.processes.processes import Child, Start, pin, start_guarded

COMMAND = (sys.executable, "-m", "servers.process")
_START_S = 60.0
_ANSWER_S = 60.0
SEED_PORTION = 1000
"""Credentials to ask for at a time."""
_Reply = TypeVar("_Reply", bound=BaseModel)


class Server:
    """A scheme under test. `start` returns at once; `wait_until_ready` before anything else."""

    def __init__(
        self,
        arm: str,
        name: str,
        settings: dict[str, Any],
        cpus: Iterable[int],
        scratch: Path,
        tls: Certificate | None = None,
        port: int = 0,
        environment: Mapping[str, str] | None = None,
        start: Start = start_guarded,
        python: Path | None = None,
    ) -> None:
        """Start it; `name` is the stem of its files in `scratch`. With a certificate it speaks HTTPS.

        It listens on `port`, if that is free: then its address is the one of the server before it.

        `settings` travel over standard input: a command line is readable by everybody. `environment` has
        what it gets beside this process's own variables. `python` is the interpreter of another environment,
        instead of this process's own.
        """
        self.arm = arm
        self.host = "127.0.0.1"
        self.port = 0
        self.pids: list[int] = []
        """Of all its processes, the first one's first; known once it is ready."""
        self._socket_path = scratch / f"{name}.sock"
        self._socket_path.unlink(missing_ok=True)  # of one before it that had to be killed
        log = scratch / f"{name}.log"
        command = COMMAND if python is None else (str(python), *COMMAND[1:])
        self.child = Child(f"the server of {arm}", command, cpus, log, environment, start)
        self.authority = tls.authority if tls else None
        port = port if _is_free(self.host, port) else 0
        given = settings | {"host": self.host, "port": port, "measuring_socket": str(self._socket_path)}
        if tls is not None:
            given |= {"tls_certificate_file": str(tls.certificate), "tls_key_file": str(tls.key)}
        self.child.send(json.dumps(given).encode() + b"\n")
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.settimeout(_ANSWER_S)
        self._replies = self._connection.makefile("rb")

    @property
    def pid(self) -> int:
        return self.child.pid

    def wait_until_ready(self) -> None:
        """Wait for its port, then open the measuring interface. Failure when it cannot start."""
        line = self.child.line(_START_S)
        try:
            self.port = read_reply(line, Ready).port
        except OrderError:
            failed = StartFailed.model_validate_json(line)
            raise Failure(failed.error, ExitCode(failed.exit_code)) from None
        self._connection.connect(str(self._socket_path))
        self.pids = self.ask(Question(op="processes"), Processes).pids

    def ask(self, order: Order, expected: type[_Reply]) -> _Reply:
        """Send an order to the measuring interface; the reply. Failure if it is an error, or none comes."""
        try:
            self._connection.sendall(order.line())
            line = self._replies.readline()
        except OSError:
            raise self.child.death() from None
        if not line.endswith(b"\n"):
            raise self.child.death()
        try:
            return read_reply(line, expected)
        except OrderError as error:
            raise Failure(f"{self.child.name}: {order.op}: {error}", ExitCode.INTERNAL) from None

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

    def pin(self, cpus: Iterable[int]) -> None:
        """Move all its processes to these processors. Failure if one of them has ended."""
        try:
            for pid in self.pids:
                pin(pid, cpus)
        except OSError:
            raise self.child.death() from None

    def store_statements(self) -> dict[str, int]:
        """Statements the scheme has sent to an SQL store of its own so far; empty for every other."""
        return self.ask(Question(op="store_statements"), Statements).root

    def seed(
        self, first: int, count: int, lifetime_s: int, scope: str = "user", jkt: str = ""
    ) -> list[Credential]:
        """Credentials of user number `first` on; a negative lifetime gives expired ones.

        `jkt` is the thumbprint of the client's key, if it has one. Many are asked for in several portions:
        each has its own `_ANSWER_S`.
        """
        seeded: list[Credential] = []
        for done in range(0, count, SEED_PORTION):
            portion = min(SEED_PORTION, count - done)
            order = SeedOrder(first=first + done, count=portion, lifetime_s=lifetime_s, scope=scope, jkt=jkt)
            seeded += self.ask(order, Seeded).credentials
        return seeded

    def ask_to_stop(self) -> None:
        self.child.ask_to_stop()

    def stop(self) -> None:
        self._replies.close()
        self._connection.close()
        self.child.stop()


def stop_all(servers: Iterable[Server]) -> None:
    """Signal every server to stop, then wait for each: their ends overlap."""
    servers = list(servers)
    for server in servers:
        server.ask_to_stop()
    for server in servers:
        server.stop()


def _is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. False for port 0, which is any."""
    try:
        with socket.create_server((host, port)):
            return port != 0
    except OSError:
        return False
