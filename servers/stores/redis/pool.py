"""A pool of connections to one Redis, or to whichever server the sentinels say is the primary."""

import asyncio
import weakref
from typing import Any

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig

from authbench.contracts.failure import Failure
from authbench.system.sentinels import Sentinels
from authbench.system.store_url import StoreUrl, read_store_url


class Pool(ConnectionPool):
    """A pool that waits for a free connection and always gets every connection back.

    redis-py's BlockingConnectionPool awaits a lock while it takes a connection back. A request cancelled
    at that moment, by its deadline for instance, never returns it and the pool is one smaller for ever.
    Here taking back never awaits, and waiting is a semaphore's, which survives cancellation.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._free = asyncio.Semaphore(self.max_connections)

    async def get_connection(
        self, command_name: str | None = None, *keys: Any, **options: Any
    ) -> AbstractConnection:
        """An open connection with nothing unread on it; waits while all are in use."""
        del command_name, keys, options
        await self._free.acquire()
        try:
            connection: AbstractConnection = self.get_available_connection()  # type: ignore[no-untyped-call]
        except BaseException:
            self._free.release()
            raise
        try:
            await self.ensure_connection(connection)
        except BaseException:
            self._take_back(connection)
            raise
        return connection

    async def release(self, connection: AbstractConnection) -> None:
        """Take a connection back. Never suspends, so it cannot be interrupted."""
        self._take_back(connection)

    def _take_back(self, connection: AbstractConnection) -> None:
        self._in_use_connections.remove(connection)
        self._available_connections.append(connection)
        self._free.release()


class SentinelPool(Pool):
    """The sentinels are asked whenever a connection is opened, as redis-py's own pool for them does.

    That one closes idle connections when it hears of another primary, and somebody may be taking one of them
    in that moment. Here whoever has taken a connection sees whether it leads to the primary.
    """

    is_master = True
    check_connection = False

    def __init__(self, sentinels: Sentinels, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.connection_kwargs["connection_pool"] = weakref.proxy(self)
        self._sentinels = sentinels
        self._primary: tuple[str, int] | None = None

    async def get_master_address(self) -> tuple[str, int]:
        """Where a new connection goes. Called by redis-py's connections."""
        self._primary = await self._sentinels.primary()
        return self._primary

    async def ensure_connection(self, connection: AbstractConnection) -> None:
        """Open it, anew where it leads to a server that is the primary no longer: that may answer still."""
        assert isinstance(connection, SentinelManagedConnection)  # noqa: S101 - made by this pool
        if connection.is_connected and (connection.host, connection.port) != self._primary:
            await connection.disconnect()
        await super().ensure_connection(connection)

    async def disconnect(self, inuse_connections: bool = True) -> None:
        """Close every connection, those to the sentinels too."""
        await super().disconnect(inuse_connections)
        await self._sentinels.close()


def open_pool(url: str, deadline_s: float, connections: int, reply_s: float | None = None) -> Pool:
    """A pool for the Redis of this URL that has opened nothing yet. Failure if the URL cannot be used.

    `reply_s` is for one answer; None: whoever asks has a deadline.
    """
    read = understood(url)
    read.tls_context()  # a file of TLS that cannot be used is told here
    options = {
        "max_connections": connections,
        "retry": Retry(NoBackoff(), 0),
        "socket_timeout": reply_s,
        "socket_connect_timeout": deadline_s,
        "health_check_interval": 0,
        # RESP2 needs no handshake; none of what RESP3 adds is used.
        "protocol": 2,
        "driver_info": None,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }
    try:
        pool = _watched(read, deadline_s, options) if read.sentinels else Pool.from_url(url, **options)
        # Made and thrown away: an option that no connection knows is told here, not by the first command.
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError):
        # Not quoted: what could not be told apart may be a password.
        raise Failure(
            "the store's URL cannot be used: an option of it is not known, or has no value"
        ) from None
    return pool


def understood(url: str) -> StoreUrl:
    """The URL taken apart. Failure if that cannot be done."""
    try:
        return read_store_url(url)
    except ValueError as error:
        raise Failure(f"the store's URL cannot be used: {error}") from None


def ask_s(url: StoreUrl, deadline_s: float) -> float:
    """Seconds for one sentinel: where all but the last are silent, there is time left for the server."""
    return deadline_s / (len(url.sentinels) + 1)


def _watched(url: StoreUrl, deadline_s: float, options: dict[str, Any]) -> SentinelPool:
    return SentinelPool(
        Sentinels(url, ask_s(url, deadline_s)),
        connection_class=SentinelManagedSSLConnection if url.tls else SentinelManagedConnection,
        **{**options, **url.options},
    )
