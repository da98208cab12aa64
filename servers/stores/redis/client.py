"""Redis behind one small class: one deadline, one kind of failure, and never another request's reply."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from authbench.contracts.failure import Failure
from authbench.system.store_server import advice, evicts, refusal, told
from servers.contract.errors import StoreUnavailable
from servers.stores.redis.needs import Needs, first_refusal
from servers.stores.redis.scripts import Script

_LOG = logging.getLogger("authbench.store")

_BULK = 500
"""Commands in one pipeline of the harness."""
_BULK_DEADLINE_S = 10.0

Argument = str | bytes | int

UNREADABLE_URL = (
    "the store's URL cannot be used: give one such as redis://USER:PASSWORD@HOST:PORT/0 or unix:///PATH, "
    "with special characters of a password as %XX"
)


class _Pool(ConnectionPool):
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


class RedisStore:
    """Commands with a deadline over pool wait, connect and command together.

    Whatever goes wrong is `StoreUnavailable`: no answer in time, no connection, or an error reply (out of
    memory, read-only, loading, not authenticated). Nothing is tried twice: the client may, the server
    does not.

    A command that is cut off by the deadline closes its connection (redis-py does that for any exception
    while sending or reading), so its late reply is read by nobody. The socket timeout is left off for
    that reason: the deadline is the one clock, and redis-py's own would cost a task for every command.
    """

    def __init__(self, url: str, deadline_s: float, connections: int) -> None:
        try:
            self._pool = _Pool.from_url(
                url,
                max_connections=connections,
                retry=Retry(NoBackoff(), 0),
                socket_timeout=None,
                socket_connect_timeout=deadline_s,
                health_check_interval=0,
                # RESP2 needs no handshake; none of what RESP3 adds is used.
                protocol=2,
                driver_info=None,
                maint_notifications_config=MaintNotificationsConfig(enabled=False),
            )
            # Made and thrown away: an option that no connection knows is told here, not by the first command.
            self._pool.connection_class(**self._pool.connection_kwargs)
        except (ValueError, TypeError):
            # Not quoted: what could not be told apart may be a password.
            raise Failure(UNREADABLE_URL) from None
        self._redis = Redis(connection_pool=self._pool)
        self._deadline_s = deadline_s
        self._connections = connections
        self.url = url
        self.failures = 0

    async def start(self, warm: int, needs: Needs | None = None) -> None:
        """Open `warm` connections and see that what is needed can be had. Failure in one line if not."""
        try:
            await self.warm(warm)
            await self.execute("PING")
        except StoreUnavailable as error:
            raise self._unusable(error) from None
        if needs is not None:
            await self.require(needs)

    async def require(self, needs: Needs) -> None:
        """See that every command a request will need is carried out, and load the scripts.

        Failure in one line, with what to do: a store that answers PING and refuses the rest (a cluster, a
        replica, a user without the right) would otherwise be found by the first login.
        """
        try:
            info = await self._info()
            if (reason := refusal(info)) is not None:
                raise Failure(f"no usable Redis at {_address(self.url)}: {reason}")
            if (policy := evicts(info)) is not None:
                _LOG.warning(
                    "the store at %s drops keys when its memory is full (%s): logins end early, and what was "
                    "revoked is forgotten; set maxmemory-policy noeviction",
                    _address(self.url),
                    policy,
                )
            async with self._deadline(_BULK_DEADLINE_S):
                error = await first_refusal(self._redis, needs)
            if error is not None:
                raise self._unavailable(error, _BULK_DEADLINE_S) from error
        except StoreUnavailable as error:
            raise self._unusable(error) from None

    async def _info(self) -> Mapping[str, object]:
        """All sections of INFO; nothing where this user may not ask, or what answers does not know it."""
        async with self._deadline(self._deadline_s):
            try:
                info: Mapping[str, object] = await self._redis.info()
            except ResponseError:
                return {}
            return info

    def _unusable(self, unavailable: StoreUnavailable) -> Failure:
        """What was found, and what to do about it."""
        cause = unavailable.__cause__
        what_to_do = advice(cause) if isinstance(cause, Exception) else ""
        parts = (f"no usable Redis at {_address(self.url)}", str(unavailable), what_to_do)
        return Failure(": ".join(part for part in parts if part))

    async def stop(self) -> None:
        """Close every connection."""
        await self._pool.disconnect()

    async def warm(self, count: int) -> None:
        """Open that many connections of the pool, so that no request has to."""
        async with self._deadline(_BULK_DEADLINE_S):
            opened: list[AbstractConnection] = []
            try:
                for _ in range(min(count, self._connections)):
                    opened.append(await self._pool.get_connection())
            finally:
                for connection in opened:
                    await self._pool.release(connection)

    async def get_and_touch(self, key: str, idle_s: int) -> bytes | None:
        """The value of `key`, and another `idle_s` seconds to live for it: one GETEX, one round trip."""
        value: bytes | None = await self.execute("GETEX", key, "EX", idle_s)
        return value

    async def put(self, key: str, value: str, lifetime_s: int) -> None:
        """Write `key` for that many seconds: one SET."""
        await self.execute("SET", key, value, "EX", lifetime_s)

    async def delete(self, *keys: str) -> None:
        """Remove keys, whether they exist or not: one DEL."""
        await self.execute("DEL", *keys)

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """Run a script: one EVALSHA. A Redis that was started again gets the source, once."""
        call = (len(keys), *keys, *arguments)
        try:
            async with asyncio.timeout(self._deadline_s):
                try:
                    return await self._redis.execute_command("EVALSHA", script.sha, *call)  # type: ignore[no-untyped-call]
                except NoScriptError:
                    return await self._redis.execute_command("EVAL", script.source, *call)  # type: ignore[no-untyped-call]
        except (RedisError, OSError) as error:
            raise self._unavailable(error, self._deadline_s) from error

    async def pipeline(self, *commands: tuple[Argument, ...]) -> list[Any]:
        """Several commands in one round trip, not as one step."""
        async with self._deadline(self._deadline_s), self._redis.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            return await pipeline.execute()

    async def run_many(
        self, script: Script, calls: Sequence[tuple[Sequence[str], Sequence[Argument]]]
    ) -> None:
        """Run a script for each (keys, arguments), many at a time. For the harness."""
        if calls:
            await self.execute("SCRIPT LOAD", script.source)
        for start in range(0, len(calls), _BULK):
            async with self._deadline(_BULK_DEADLINE_S), self._redis.pipeline(transaction=False) as pipeline:
                for keys, arguments in calls[start : start + _BULK]:
                    pipeline.execute_command("EVALSHA", script.sha, len(keys), *keys, *arguments)
                await pipeline.execute()

    async def put_many(self, entries: Iterable[tuple[str, str, int]]) -> None:
        """Write (key, value, lifetime_s) many at a time, ten seconds for each batch. For the harness."""
        waiting = list(entries)
        for start in range(0, len(waiting), _BULK):
            async with self._deadline(_BULK_DEADLINE_S), self._redis.pipeline(transaction=False) as pipeline:
                for key, value, lifetime_s in waiting[start : start + _BULK]:
                    pipeline.set(key, value, ex=lifetime_s)
                await pipeline.execute()

    async def delete_prefix(self, prefix: str) -> int:
        """Remove every key that begins with `prefix`; how many those were. The store may be a user's own."""
        pattern = "".join(f"\\{letter}" if letter in "*?[]\\^-" else letter for letter in prefix) + "*"
        removed = 0
        cursor = 0
        while True:
            async with self._deadline(_BULK_DEADLINE_S):
                cursor, keys = await self._redis.scan(cursor, match=pattern, count=1000)
                if keys:
                    removed += await self._redis.unlink(*keys)
            if cursor == 0:
                return removed

    async def round_trips_us(self, count: int) -> list[float]:
        """Microseconds of `count` PINGs, one after another and therefore all on the same open connection."""
        taken = []
        for _ in range(count):
            start_ns = time.perf_counter_ns()
            await self.execute("PING")
            taken.append((time.perf_counter_ns() - start_ns) / 1000)
        return taken

    async def execute(self, *command: Argument) -> Any:
        """One command."""
        # The same as _deadline, spelled out: this is the measured path.
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._redis.execute_command(*command)  # type: ignore[no-untyped-call]
        except (RedisError, OSError) as error:
            raise self._unavailable(error, self._deadline_s) from error

    @asynccontextmanager
    async def _deadline(self, seconds: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(seconds):
                yield
        except (RedisError, OSError) as error:
            raise self._unavailable(error, seconds) from error

    def _unavailable(self, error: Exception, seconds: float) -> StoreUnavailable:
        self.failures += 1
        # asyncio.timeout raises the built-in TimeoutError, which is an OSError without text.
        return StoreUnavailable(told(error) or f"no answer within {seconds * 1000:.0f} ms")


def _address(url: str) -> str:
    """Where the store is, as it may be printed: without user, password and options, which may be secret."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
