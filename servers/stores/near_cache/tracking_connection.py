"""One RESP3 connection to Redis that reads keys and is told when one of them changes (CLIENT TRACKING).

Values and invalidations come over the same connection, in the order in which Redis dealt with them: what was
read before a change arrives before the news of it. With CLIENT TRACKING ... REDIRECT, the way of RESP2, reads
have other connections: nothing orders the two, and when one of those is lost Redis forgets what was read over
it and tells nobody.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import hiredis

from servers.contract.errors import StoreUnavailable

Invalidated = Callable[[list[str] | None], None]
"""Told the keys that changed; None: all of them may have (FLUSHALL)."""


class TrackingConnection(asyncio.Protocol):
    """Commands go out in order, and replies answer them in order; what is pushed stands between them.

    The first command to miss its deadline ends the connection: from then on nobody knows whether
    invalidations still arrive. `lost` is called once, in the step in which the connection ends for whatever
    reason, so that nothing kept by its word is used afterwards.
    """

    def __init__(self, deadline_s: float, invalidated: Invalidated, lost: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadline_s = deadline_s
        self._invalidated = invalidated
        self._lost = lost
        self._reader = hiredis.Reader()
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._ended = False

    async def set_up(self, username: str, password: str | None, database: int) -> None:
        """Log in, choose the database, begin to track. `StoreUnavailable` if Redis refuses any of it."""
        credentials = () if password is None else ("AUTH", username, password)
        await self.send("HELLO", "3", *credentials)
        if database:
            await self.send("SELECT", str(database))
        await self.send("CLIENT", "TRACKING", "ON")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are transports without being instances of the class.
        self._transport = cast(asyncio.Transport, transport)

    def send(self, *command: str) -> "asyncio.Future[Any]":
        """Send a command; the future ends with its reply or with `StoreUnavailable`."""
        if self._transport is None or self._ended:
            raise StoreUnavailable("the connection is closed")
        future: asyncio.Future[Any] = self._loop.create_future()
        due = self._loop.time() + self._deadline_s
        self._waiting.append((future, due))
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._expire)
        # Its stub means a tuple of one.
        self._transport.write(hiredis.pack_command(command))  # type: ignore[arg-type]
        return future

    def data_received(self, data: bytes) -> None:
        """Give each reply to the first that waits for one, and invalidations to whom they concern."""
        try:
            self._reader.feed(data)
            # False is "not whole yet": nothing asked here is answered with a boolean.
            while not self._ended and (reply := self._reader.gets()) is not False:
                if isinstance(reply, hiredis.PushNotification):
                    self._pushed(reply)
                else:
                    self._answered(reply)
        except (hiredis.ProtocolError, IndexError, UnicodeDecodeError):
            self.close("what Redis sent is no reply")

    def connection_lost(self, error: Exception | None) -> None:
        self.close(str(error or "Redis closed the connection"))

    def close(self, reason: str) -> None:
        """End it, say so, and disappoint whoever waits. Does nothing the second time."""
        if self._ended:
            return
        self._ended = True
        self._lost()
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()
        while self._waiting:
            future, _ = self._waiting.popleft()
            if not future.done():
                future.set_exception(StoreUnavailable(reason))

    def _pushed(self, message: list[Any]) -> None:
        if len(message) == 2 and message[0] == b"invalidate":
            keys = message[1]
            self._invalidated(None if keys is None else [key.decode() for key in keys])

    def _answered(self, reply: object) -> None:
        future, _ = self._waiting.popleft()
        if future.done():
            return
        if isinstance(reply, hiredis.ReplyError):
            future.set_exception(StoreUnavailable(str(reply)))
        else:
            future.set_result(reply)

    def _expire(self) -> None:
        """One timer for all: they expire in the order they were sent."""
        self._timer = None
        if not self._waiting:
            return
        _, due = self._waiting[0]
        if due > self._loop.time():
            self._timer = self._loop.call_at(due, self._expire)
        else:
            self.close(f"no answer within {self._deadline_s * 1000:.0f} ms")
