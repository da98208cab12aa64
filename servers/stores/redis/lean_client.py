"""The least a Redis client must do to send GETEX: one pipelined connection, one deadline, no mix-up.

It exists to show how much of a session's cost is the client library. The protocol is RESP2; hiredis, which
redis-py uses too, takes replies apart.
"""

import asyncio
from collections import deque
from typing import Any, cast

import hiredis
from redis.asyncio.connection import parse_url

from authbench.contracts.failure import Failure
from servers.contract.errors import StoreUnavailable
from servers.stores.redis.client import UNREADABLE_URL


class _Connection(asyncio.Protocol):
    """Commands go out in order, and replies answer them in order: that is the whole of the matching.

    The first command to miss its deadline retires the connection: those waiting with it may still be
    answered until their own deadline, new ones go elsewhere, and then it is closed. A late reply is read by
    nobody.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, deadline_s: float) -> None:
        self._loop = loop
        self._deadline_s = deadline_s
        self._reader = hiredis.Reader()
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self.usable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember what to write to."""
        # uvloop's are transports without being instances of the class.
        self._transport = cast(asyncio.Transport, transport)

    def send(self, command: bytes) -> "asyncio.Future[Any]":
        """Send a packed command; the future ends with its reply or with `StoreUnavailable`."""
        if self._transport is None or not self.usable:
            raise StoreUnavailable("the connection is closed")
        future: asyncio.Future[Any] = self._loop.create_future()
        due = self._loop.time() + self._deadline_s
        self._waiting.append((future, due))
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._expire)
        self._transport.write(command)
        return future

    def data_received(self, data: bytes) -> None:
        """Give each whole reply to the first that waits for one."""
        try:
            self._reader.feed(data)
            # False is "not whole yet": RESP2 has no booleans.
            while (reply := self._reader.gets()) is not False:
                future, _ = self._waiting.popleft()
                if future.done():
                    continue
                if isinstance(reply, hiredis.ReplyError):
                    future.set_exception(StoreUnavailable(str(reply)))
                else:
                    future.set_result(reply)
        except (hiredis.ProtocolError, IndexError):
            self._fail("what Redis sent is no reply")

    def connection_lost(self, error: Exception | None) -> None:
        """Nobody who waits will be answered."""
        self._fail(str(error or "Redis closed the connection"))

    def close(self) -> None:
        """Close it, and disappoint whoever waits."""
        self._fail("the connection was closed")

    def _expire(self) -> None:
        """One timer for all: they expire in the order they were sent."""
        self._timer = None
        now = self._loop.time()
        for future, due in self._waiting:
            if due > now:
                self._timer = self._loop.call_at(due, self._expire)
                return
            # Whoever waited may have left; that Redis did not answer is true all the same.
            self.usable = False
            if not future.done():
                future.set_exception(StoreUnavailable(f"no answer within {self._deadline_s * 1000:.0f} ms"))
        if not self.usable:
            self.close()

    def _fail(self, reason: str) -> None:
        self.usable = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._transport is not None:
            self._transport.abort()
        while self._waiting:
            future, _ = self._waiting.popleft()
            if not future.done():
                future.set_exception(StoreUnavailable(reason))


class LeanReader:
    """GETEX over one connection at a time. Any failure is `StoreUnavailable`; nothing is tried twice."""

    def __init__(self, url: str, deadline_s: float) -> None:
        try:
            options = parse_url(url)
        except ValueError:
            raise Failure(UNREADABLE_URL) from None
        unknown = set(options) - {"host", "port", "path", "db", "username", "password"}
        if url.startswith("rediss:") or unknown - {"connection_class"}:
            raise Failure("the lean client speaks plain redis:// and unix:// without further options")
        self._options: dict[str, Any] = dict(options)
        self._deadline_s = deadline_s
        self._connection: _Connection | None = None
        self._connecting: asyncio.Task[_Connection] | None = None
        self.failures = 0

    async def start(self) -> None:
        """Connect. Failure in one line if Redis cannot be reached."""
        try:
            await self._connect_and_send(None)
        except StoreUnavailable as error:
            raise Failure(f"no usable Redis: {error}") from None

    def stop(self) -> None:
        """Close the connection."""
        if self._connecting is not None:
            self._connecting.cancel()
        if self._connection is not None:
            self._connection.close()

    async def get_and_touch(self, key: str, idle_s: int) -> bytes | None:
        """The value of `key`, and another `idle_s` seconds to live for it: one GETEX, one round trip."""
        command = _pack("GETEX", key, "EX", str(idle_s))
        try:
            connection = self._connection
            if connection is not None and connection.usable:
                value: bytes | None = await connection.send(command)
            else:
                value = await self._connect_and_send(command)
        except StoreUnavailable:
            self.failures += 1
            raise
        return value

    async def _connect_and_send(self, command: bytes | None) -> Any:
        """Both within one deadline. One attempt to connect at a time, shared by all who wait for it."""
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect())
            self._connecting.add_done_callback(self._attempted)
        try:
            async with asyncio.timeout(self._deadline_s):
                connection = await asyncio.shield(self._connecting)
                return await connection.send(command) if command else None
        except OSError as error:
            # The built-in TimeoutError is one, without text.
            text = str(error) or f"no answer within {self._deadline_s * 1000:.0f} ms"
            raise StoreUnavailable(text) from error

    def _attempted(self, attempt: "asyncio.Task[_Connection]") -> None:
        self._connecting = None
        if not attempt.cancelled() and attempt.exception() is None:
            self._connection = attempt.result()

    async def _connect(self) -> _Connection:
        options = self._options
        loop = asyncio.get_running_loop()

        def make() -> _Connection:
            return _Connection(loop, self._deadline_s)

        async with asyncio.timeout(self._deadline_s):
            if "path" in options:
                _, connection = await loop.create_unix_connection(make, options["path"])
            else:
                host, port = options.get("host", "localhost"), options.get("port", 6379)
                _, connection = await loop.create_connection(make, host, port)
        try:
            if "password" in options:
                words = [options[name] for name in ("username", "password") if name in options]
                await connection.send(_pack("AUTH", *words))
            if options.get("db"):
                await connection.send(_pack("SELECT", str(options["db"])))
        except BaseException:
            connection.close()
            raise
        return connection


def _pack(*words: str) -> bytes:
    """A command as RESP: an array of strings."""
    parts = [b"$%d\r\n%b\r\n" % (len(raw), raw) for raw in (word.encode() for word in words)]
    return b"*%d\r\n%b" % (len(parts), b"".join(parts))
