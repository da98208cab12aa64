"""What keeps a near cache honest: a tracking connection, and whether its word may be taken right now.

That an invalidation did not arrive proves nothing: the network may be cut, or Redis frozen. What proves
something is a reply to a PING: on one connection everything Redis said before has arrived by then. So what is
cached may be used until a lease ends, which is counted from the moment the last answered PING was *sent*. The
clock is read at every use: a stalled loop, a suspended machine or a late timer cannot stretch a lease.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable

from authbench.contracts.failure import Failure
from servers.contract.errors import StoreUnavailable
from servers.stores.background import end_task
from servers.stores.near_cache.tracking_connection import Invalidated, TrackingConnection
from servers.stores.redis.client import RedisStore
from servers.stores.redis.pipelined import address_for, connected

_RETRY_S = 0.1
"""Between two attempts to connect, at least."""


class Tracking:
    """Reads keys over a tracking connection while there is one, else over the pool, where nothing is tracked.

    `invalidated` is told what changed; None, everything, in the step in which a connection is lost.
    """

    def __init__(
        self,
        redis: RedisStore,
        deadline_s: float,
        heartbeat_s: float,
        invalidated: Invalidated,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = address_for(redis.url, "a tracking connection")
        self._redis = redis
        self._deadline_s = deadline_s
        self._heartbeat_s = heartbeat_s
        self._invalidated = invalidated
        self._clock = clock
        self._connection: TrackingConnection | None = None
        self._lease_ends = float("-inf")
        self._ended = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self.failures = 0

    @property
    def trusted(self) -> bool:
        """Whether every change older than a heartbeat and its deadline is known to have arrived."""
        return self._clock() < self._lease_ends

    async def start(self) -> None:
        """Connect and keep connected. Failure in one line if Redis does not track."""
        try:
            await self._begin()
        except (StoreUnavailable, OSError) as error:
            await self.stop()
            # The built-in TimeoutError is an OSError without text.
            raise Failure(f"no Redis that tracks keys (6.0 or later): {error or 'no answer'}") from None
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        await end_task(self._keeping)
        if self._connection is not None:
            self._connection.close("the store was closed")

    async def get(self, key: str) -> bytes | None:
        """The value of `key`: one GET. It may be kept if `trusted` was true when this was called."""
        connection = self._connection
        if connection is None:
            return await self._redis.execute("GET", key)  # type: ignore[no-any-return]
        try:
            value: bytes | None = await connection.ask("GET", key)
        except StoreUnavailable:
            self.failures += 1
            raise
        return value

    async def _keep(self) -> None:
        """Heartbeats while there is a connection, attempts to connect while there is none."""
        while True:
            with contextlib.suppress(StoreUnavailable, OSError):
                if self._connection is None:
                    await self._begin()
                await self._beat_until_lost(self._connection)
            await asyncio.sleep(_RETRY_S)

    async def _beat_until_lost(self, connection: TrackingConnection | None) -> None:
        while connection is not None and connection is self._connection:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), self._heartbeat_s)
            await self._beat(connection)

    async def _beat(self, connection: TrackingConnection) -> None:
        sent = self._clock()
        await connection.ask("PING")
        # An answer to a connection that has ended since proves nothing about the next one.
        if connection is self._connection:
            self._lease_ends = sent + self._heartbeat_s + self._deadline_s

    async def _begin(self) -> None:
        """Connect, have Redis track what is read, and earn the first lease."""
        self._ended.clear()
        self._connection = await self._connect()
        await self._beat(self._connection)

    async def _connect(self) -> TrackingConnection:
        options = self._url.options

        def make() -> TrackingConnection:
            made = TrackingConnection(self._deadline_s, self._invalidated, lambda: self._lose(made))
            return made

        connection = await connected(self._url, make, self._deadline_s)
        try:
            await connection.set_up(
                options.get("username", "default"), options.get("password"), options.get("db", 0)
            )
        except BaseException:
            connection.close("it was not set up")
            raise
        return connection

    def _lose(self, connection: TrackingConnection) -> None:
        """In the step in which a connection ends: nothing it vouched for may be used any more."""
        if connection is self._connection:
            self._connection = None
            self._lease_ends = float("-inf")
            self._invalidated(None)
            self._ended.set()
