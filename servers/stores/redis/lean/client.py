"""A Redis client that can only send GETEX: it shows how much of a session's cost is the client library.

The protocol is RESP2.
"""

import asyncio
from typing import Any

from authbench.contracts.failure import Failure
from servers.contract.errors import StoreUnavailable
from servers.stores.redis.pipelined import PipelinedConnection, address_for, connected, missed


class _Connection(PipelinedConnection):
    """The first command to miss its deadline retires the connection.

    Those waiting with it may still be answered until their own deadline, new ones go elsewhere, and then it
    is closed.
    """

    def _expire(self) -> None:
        self._timer = None
        now = self._loop.time()
        for future, due in self._waiting:
            if due > now:
                self._timer = self._loop.call_at(due, self._expire)
                return
            # Whoever waited may have left; that Redis did not answer is true all the same.
            self.usable = False
            if not future.done():
                future.set_exception(StoreUnavailable(missed(self._deadline_s)))
        if not self.usable:
            self.close("the connection was closed")


class LeanReader:
    """GETEX over one connection at a time. Any failure is `StoreUnavailable`; nothing is tried twice."""

    def __init__(self, url: str, deadline_s: float) -> None:
        self._url = address_for(url, "the lean client")
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
            self._connection.close("the connection was closed")

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
            text = str(error) or missed(self._deadline_s)
            raise StoreUnavailable(text) from error

    def _attempted(self, attempt: "asyncio.Task[_Connection]") -> None:
        self._connecting = None
        if not attempt.cancelled() and attempt.exception() is None:
            self._connection = attempt.result()

    async def _connect(self) -> _Connection:
        options, deadline_s = self._url.options, self._deadline_s
        connection = await connected(self._url, lambda: _Connection(deadline_s), deadline_s)
        try:
            if "password" in options:
                words = [options[name] for name in ("username", "password") if name in options]
                await connection.send(_pack("AUTH", *words))
            if options.get("db"):
                await connection.send(_pack("SELECT", str(options["db"])))
        except BaseException:
            connection.close("it was not set up")
            raise
        return connection


def _pack(*words: str) -> bytes:
    """A command as RESP: an array of strings."""
    parts = [b"$%d\r\n%b\r\n" % (len(raw), raw) for raw in (word.encode() for word in words)]
    return b"*%d\r\n%b" % (len(parts), b"".join(parts))
