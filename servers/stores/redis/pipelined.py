"""The least that a Redis client must do: one pipelined connection, one deadline, and no mix-up.

hiredis, which redis-py uses too, takes replies apart.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast

import hiredis
from redis.exceptions import RedisError

from authbench.contracts.failure import Failure
from authbench.system.sentinels import Sentinels
from authbench.system.store_server import told
from authbench.system.store_url import StoreUrl
from servers.contract.errors import StoreUnavailable
from servers.stores.redis.pool import ask_s, understood

_KNOWN = {"host", "port", "path", "db", "username", "password"}


class PipelinedConnection(asyncio.Protocol):
    """Commands go out in order, and replies answer them in order: that is the whole of the matching.

    The first command to miss its deadline ends the connection, so a late reply is read by nobody. `lost` is
    called once, in the step in which the connection ends for whatever reason.
    """

    def __init__(self, deadline_s: float, lost: Callable[[], None] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadline_s = deadline_s
        self._lost = lost
        self._reader = hiredis.Reader()
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._ended = False
        self.usable = True
        """Whether a command may be sent."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
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
        """Take each whole reply."""
        try:
            self._reader.feed(data)
            # False is "not whole yet": nothing asked here is answered with a boolean.
            while not self._ended and (reply := self._reader.gets()) is not False:
                self._received(reply)
        except (hiredis.ProtocolError, IndexError, UnicodeDecodeError):
            self.close("what Redis sent is no reply")

    def connection_lost(self, error: Exception | None) -> None:
        self.close(str(error or "Redis closed the connection"))

    def close(self, reason: str) -> None:
        """End it, say so, and disappoint whoever waits. Does nothing the second time."""
        if self._ended:
            return
        self._ended = True
        self.usable = False
        if self._lost is not None:
            self._lost()
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()
        while self._waiting:
            future, _ = self._waiting.popleft()
            if not future.done():
                future.set_exception(StoreUnavailable(reason))

    def _received(self, reply: object) -> None:
        """Give a reply to the first that waits for one."""
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
            self.close(missed(self._deadline_s))


def missed(deadline_s: float) -> str:
    """What is said of a deadline that was missed."""
    return f"no answer within {deadline_s * 1000:.0f} ms"


def address_for(url: str, client: str) -> StoreUrl:
    """What the URL says. Failure if it cannot be read, or asks for more than this `client` can do."""
    read = understood(url)
    if any(name not in _KNOWN and not name.startswith("ssl_") for name in read.options):
        raise Failure(
            f"{client} knows no options in the store's URL but those of TLS: leave out what else follows ?"
        )
    read.tls_context()  # a file of TLS that cannot be used is told here
    return read


_Made = TypeVar("_Made", bound=PipelinedConnection)


async def connected(url: StoreUrl, make: Callable[[], _Made], deadline_s: float) -> _Made:
    """A connection to the Redis of this URL, not logged in. OSError if there is none in time."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(deadline_s):
        if "path" in url.options:
            _, connection = await loop.create_unix_connection(make, url.options["path"])
        else:
            host, port = await _place(url, deadline_s)
            _, connection = await loop.create_connection(make, host, port, ssl=url.tls_context())
    return connection


async def _place(url: StoreUrl, deadline_s: float) -> tuple[str, int]:
    """Host and port of the server; the sentinels know those of a primary."""
    if not url.sentinels:
        return url.options.get("host", "localhost"), url.options.get("port", 6379)
    sentinels = Sentinels(url, ask_s(url, deadline_s))
    try:
        return await sentinels.primary()
    except RedisError as error:
        raise OSError(told(error)) from error
    finally:
        await sentinels.close()
