"""A running server that is attacked: its card, its database, its log, what it asks its store."""

import contextlib
import secrets
import socket
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authbench.contracts.card import Card
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.measuring_protocol import Counters, Question
from authbench.contracts.message import read_reply
from authbench.system.certificate import Certificate
from loadtests.attacks.laboratory.condition import Condition
from loadtests.attacks.laboratory.store_trace import StoreTrace
from loadtests.clients.blocking_client import BlockingClient
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.processes import Start, start_guarded
from loadtests.harness.processes.server import Server

ATTACKED = "AUTHBENCH_ATTACKED"
"""The environment variable without which no vulnerable server starts (servers/vulnerable)."""
BROWSER_NOTE = "browser"
"""The note in which attacks through a browser leave which one it is."""
_PATIENCE_MS = 4000
_CONNECTION_TRIES = 400
"""Connections opened in search of one to each worker."""


@dataclass
class Target:
    """A server of one scheme under one condition, on loopback. Made by `start_target`."""

    scheme: str
    """As it was asked for: a name or module:Class."""
    condition: Condition
    server: Server
    card: Card
    settings: Mapping[str, Any]
    """What it was started with."""
    trace: StoreTrace
    key_prefix: str
    redis_url: str
    database: Path
    log: Path
    """Its standard error, with the security log in it."""
    measuring_socket: Path
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the command is interrupted."""
    ending: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    """Closed before the server is stopped: what attacks open for each other, such as a browser."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What attacks of one target leave for each other, so that a wait is shared."""

    def go_on(self, wait_s: float = 0) -> None:
        """Wait so many seconds. Failure as soon as the command is interrupted."""
        if self.stopping.wait(wait_s) if wait_s > 0 else self.stopping.is_set():
            raise Failure("interrupted", ExitCode.INTERRUPTED)

    @property
    def origin(self) -> str:
        return self.server.origin

    def connect(self) -> BlockingClient:
        return self.server.connect()

    def written_under(self, nonce: str) -> list[str]:
        """The oracle: the users under whose names an order of that item is in the database."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            return [row[0] for row in database.execute("SELECT sub FROM orders WHERE item = ?", (nonce,))]

    @contextlib.contextmanager
    def connections_to_workers(self) -> Iterator[list[BlockingClient]]:
        """One open connection to each worker process, the first one's first; fewer if they are not found.

        Which process accepts a connection is the kernel's choice: connections are opened until the counters
        of each worker have seen one.
        """
        found: dict[int, BlockingClient] = {}
        with contextlib.ExitStack() as stack:
            for _ in range(_CONNECTION_TRIES):
                if len(found) == self.condition.workers:
                    break
                connection = stack.enter_context(self.connect())
                before = self._requests_by_worker()
                connection.request("GET", "/public")
                after = self._requests_by_worker()
                number = max(range(len(after)), key=lambda worker: after[worker] - before[worker])
                if number not in found:
                    found[number] = connection
            yield [found[number] for number in sorted(found)]

    def _requests_by_worker(self) -> list[int]:
        total = self.server.counters().requests_total
        others = [
            _counters(Path(f"{self.measuring_socket}.{number}")).requests_total
            for number in range(1, self.condition.workers)
        ]
        return [total - sum(others), *others]


def _counters(path: Path) -> Counters:
    with socket.socket(socket.AF_UNIX) as unix:
        unix.settimeout(5)
        unix.connect(str(path))
        unix.sendall(Question(op="counters").line())
        with unix.makefile("rb") as replies:
            return read_reply(replies.readline(), Counters)


@contextlib.contextmanager
def start_target(
    scheme: str,
    condition: Condition,
    redis_url: str,
    scratch: Path,
    certificate: Certificate | None,
    settings: Mapping[str, Any] | None = None,
    start: Start = start_guarded,
) -> Iterator[Target]:
    """Start a server of the scheme; stop it at the end. Failure in one line if it cannot start so.

    Its keys in Redis, its databases and its log are its own. `settings` go before the condition's.
    """
    name = f"target-{secrets.token_hex(4)}"
    database, key_prefix = scratch / f"{name}.sqlite", f"authbench:{name}:"
    given = {
        "security_log": True,
        # Several servers share the processors: none may answer 503 because it had to wait for one.
        "store_deadline_ms": _PATIENCE_MS,
        "database_deadline_ms": _PATIENCE_MS,
        **condition.settings,
        **(settings or {}),
        "scheme": scheme,
        "workers": condition.workers,
        "redis_url": redis_url,
        "redis_key_prefix": key_prefix,
        "database_url": f"sqlite+aiosqlite:///{database}",
        "session_database_url": f"sqlite+aiosqlite:///{scratch}/{name}-sessions.sqlite",
        "keys_directory": str(scratch / f"{name}-keys"),
    }
    tls = certificate if condition.tls else None
    server = Server(
        scheme, name, given, available_processors(), scratch, tls, environment={ATTACKED: "yes"}, start=start
    )
    with contextlib.ExitStack() as stack:
        stack.callback(server.stop)
        server.wait_until_ready()
        trace = StoreTrace(redis_url, key_prefix, server)
        stack.callback(trace.close)
        yield Target(
            scheme=scheme,
            condition=condition,
            server=server,
            card=server.card(),
            settings=given,
            trace=trace,
            key_prefix=key_prefix,
            redis_url=redis_url,
            database=database,
            log=scratch / f"{name}.log",
            measuring_socket=scratch / f"{name}.sock",
            ending=stack,
        )
