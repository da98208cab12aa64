"""A request that is held in flight: authenticated, and waiting in its handler until it is let go."""

import contextlib
import http.client
import json
import sqlite3
import ssl
import time
from collections.abc import Iterator
from typing import Any

from loadtests.attacks.laboratory.lab import AttackLab
from loadtests.clients.blocking_client import Reply
from loadtests.clients.client import Headers

_TIMEOUT_S = 10
_ARRIVES_S = 5.0
"""Given up after that: a server that is busy takes some tenths of a second."""
_LOOK_S = 0.01


class InFlight:
    """One POST that was sent and whose answer is outstanding."""

    def __init__(self, lab: AttackLab, title: str, path: str, headers: Headers, body: Any) -> None:
        server = lab.target.server
        if server.authority is None:
            self._connection = http.client.HTTPConnection(server.host, server.port, timeout=_TIMEOUT_S)
        else:
            trust = ssl.create_default_context(cafile=str(server.authority))
            self._connection = http.client.HTTPSConnection(
                server.host, server.port, timeout=_TIMEOUT_S, context=trust
            )
        self._lab, self._sent = lab, (title, "POST", path, headers, body)
        content = {"Content-Type": "application/json", "Origin": lab.target.origin}
        self._connection.request("POST", path, json.dumps(body), {**headers, **content})

    def finish(self) -> Reply:
        """Wait for the answer; it is kept as evidence."""
        try:
            reply = self._connection.getresponse()
            answer = Reply(reply.status, tuple((k.lower(), v) for k, v in reply.getheaders()), reply.read())
        except (OSError, http.client.HTTPException):
            answer = Reply(0, (), b"")
        finally:
            self._connection.close()
        self._lab.keep(*self._sent, answer)
        return answer


@contextlib.contextmanager
def held_order(
    lab: AttackLab, title: str, headers: Headers, nonce: str, reads_s: float
) -> Iterator[InFlight]:
    """Send an order that reads its credential within `reads_s` and then waits, while the context is open.

    The application's database is locked against writing meanwhile, so the handler cannot end.
    """
    lock = sqlite3.connect(lab.target.database, isolation_level=None)
    with contextlib.closing(lock):
        lock.execute("BEGIN IMMEDIATE")
        request = InFlight(lab, title, "/orders", headers, {"item": nonce, "quantity": 1})
        deadline_s = time.monotonic() + _ARRIVES_S
        while not lab.target.server.counters().in_flight and time.monotonic() < deadline_s:
            lab.wait(_LOOK_S)
        lab.wait(reads_s)
        yield request
        lock.execute("ROLLBACK")
