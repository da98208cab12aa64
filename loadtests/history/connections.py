"""Kept connections of one asyncio loop to one server, and requests on them: a reply, or none in time."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any, cast

from authbench.contracts.message import parse_json
from loadtests.http.framing import HEAD_END, Malformed, parse_head
from loadtests.http.request import lay_out_request

_KEPT = 16
"""Opened at the start and used in turn: several processes of a server get some each."""
_PATIENCE_S = 5.0
"""How long a client waits for a reply before it gives up."""


class Replied:
    """A whole reply."""

    def __init__(self, head: bytes, status: int, body: bytes) -> None:
        self.status = status
        self.body = body
        self._head = head

    @property
    def set_cookies(self) -> list[str]:
        lines = self._head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return [value.strip() for name, _, value in pairs if name.lower() == "set-cookie"]

    def json(self) -> Any:
        """The body as JSON; None if it is not JSON."""
        try:
            return parse_json(self.body)
        except ValueError:
            return None


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._received = b""
        self._waiting: asyncio.Future[Replied | None] | None = None
        self.transport: asyncio.Transport | None = None
        self.usable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes) -> "asyncio.Future[Replied | None]":
        """Send it; the future ends with the reply, or None when the connection ends first."""
        self._waiting = asyncio.get_running_loop().create_future()
        if self.transport is None or not self.usable:
            self._waiting.set_result(None)
        else:
            self.transport.write(request)
        return self._waiting

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(HEAD_END)
        if end < 0:
            return
        try:
            head = parse_head(self._received[: end + len(HEAD_END)])
        except Malformed:
            self.close()
            return
        whole = head.head_bytes + head.body_bytes
        if len(self._received) < whole:
            return
        reply = Replied(
            self._received[: head.head_bytes], head.status, self._received[head.head_bytes : whole]
        )
        self._received = self._received[whole:]
        if not head.keep_alive:
            self.usable = False
        self._end(reply)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the base's signature
        self.usable = False
        self._end(None)

    def close(self) -> None:
        self.usable = False
        if self.transport is not None:
            self.transport.abort()

    def _end(self, reply: Replied | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(reply)


class Connections:
    """As many connections as there are requests at once, each kept until `close`."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._idle: deque[_Connection] = deque()
        self._all: set[_Connection] = set()

    async def request(
        self, method: str, path: str, headers: Mapping[str, str], content: str | None = None
    ) -> Replied | None:
        """The reply; None where none came: not connected, cut off, or not within the patience.

        Nothing is sent twice.
        """
        encoded = None if content is None else content.encode()
        wire = lay_out_request(method, path, self._host, self._port, headers, encoded)
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(_PATIENCE_S):
                connection = await self._take()
                reply = await connection.send(wire)
        except (OSError, TimeoutError):
            if connection is not None:
                connection.close()
                self._all.discard(connection)
            return None
        if connection.usable:
            self._idle.append(connection)
        else:
            self._all.discard(connection)
        return reply

    async def _take(self) -> _Connection:
        while self._idle:
            connection = self._idle.popleft()
            if connection.usable:
                return connection
            self._all.discard(connection)
        return await self._open()

    async def open(self) -> None:
        """Open the connections that are kept. OSError if the server does not listen."""
        self._idle.extend([await self._open() for _ in range(_KEPT)])

    async def _open(self) -> _Connection:
        _, made = await asyncio.get_running_loop().create_connection(_Connection, self._host, self._port)
        self._all.add(made)
        return made

    def close(self) -> None:
        """Close every connection, in the loop that opened them."""
        for connection in self._all:
            connection.close()
