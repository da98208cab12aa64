"""Redis behind one small class: one deadline, one kind of failure, and never another request's reply."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import NoScriptError, RedisError, ResponseError

from authbench.contracts.failure import Failure
from authbench.system.store_server import advice, evicts, refusal, told
from authbench.system.store_url import shown
from authbench.words.counting import counted
from servers.contract.errors import StoreUnavailable
from servers.stores.redis.needs import Needs, first_refusal
from servers.stores.redis.pool import SentinelPool, open_pool
from servers.stores.redis.scripts import Script

_LOG = logging.getLogger("authbench.store")

_BULK = 500
"""Commands in one pipeline of the harness."""
_BULK_DEADLINE_S = 10.0
_REPLY_S = 5.0
"""For one answer to a client that is apart: redis-py's default."""
_WAIT_SHARE = 0.5
"""Of the deadline, for replicas. Redis looks ten times a second whose time is over (`hz`): so it says itself
that they have not, and no connection is given up."""

Argument = str | bytes | int


class RedisStore:
    """Commands with a deadline over pool wait, connect and command together.

    Whatever goes wrong is `StoreUnavailable`: no answer in time, no connection, or an error reply (out of
    memory, read-only, loading, not authenticated). Nothing is tried twice: the client may, the server
    does not.

    A command that is cut off by the deadline closes its connection (redis-py does that for any exception
    while sending or reading), so its late reply is read by nobody. The socket timeout is left off for
    that reason: the deadline is the one clock, and redis-py's own would cost a task for every command.

    With `wait_replicas`, what begins, ends or changes a login (a script, and `write`) is answered once so
    many replicas have received it: WAIT, on the same connection. Where they do not within the deadline that
    is `StoreUnavailable` too, and the primary keeps what was written. WAIT makes no consensus of it: a
    failover may promote another replica (redis.io, "Consistency and WAIT").
    """

    def __init__(self, url: str, deadline_s: float, connections: int, wait_replicas: int = 0) -> None:
        self._pool = open_pool(url, deadline_s, connections)
        self._redis = Redis(connection_pool=self._pool)
        self._deadline_s = deadline_s
        self._connections = connections
        self._wait_replicas = wait_replicas
        self._wait_ms = max(round(deadline_s * 1000 * _WAIT_SHARE), 1)
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
                raise Failure(f"no usable Redis at {shown(self.url)}: {reason}")
            if (policy := evicts(info)) is not None:
                _LOG.warning(
                    "the store at %s drops keys when its memory is full (%s): logins end early, and what was "
                    "revoked is forgotten; set maxmemory-policy noeviction",
                    shown(self.url),
                    policy,
                )
            async with self._deadline(_BULK_DEADLINE_S):
                error = await first_refusal(self._redis, needs)
            if error is not None:
                raise self._unavailable(error, _BULK_DEADLINE_S) from error
            if self._wait_replicas:
                self._require_replicas(await self.execute("WAIT", self._wait_replicas, self._wait_ms))
        except StoreUnavailable as error:
            raise self._unusable(error) from None

    def _require_replicas(self, found: int) -> None:
        if found < self._wait_replicas:
            raise Failure(
                f"no usable Redis at {shown(self.url)}: redis_wait_replicas is {self._wait_replicas}, and "
                f"{counted(found, 'replica answers', 'replicas answer')} there: start more, or set it to 0"
            )

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
        parts = (f"no usable Redis at {shown(self.url)}", str(unavailable), what_to_do)
        return Failure(": ".join(part for part in parts if part))

    async def stop(self) -> None:
        """Close every connection."""
        await self._pool.disconnect()

    def apart(self) -> "Redis":
        """A client with connections of its own to the same server, to subscribe with; its owner closes it."""
        if isinstance(self._pool, SentinelPool):
            # One for the subscription, one for questions.
            return Redis.from_pool(open_pool(self.url, self._deadline_s, 2, _REPLY_S))
        return Redis.from_url(self.url, socket_connect_timeout=self._deadline_s, protocol=2)

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
                if self._wait_replicas:
                    return await self._run_and_wait(script, call)
                try:
                    return await self._redis.execute_command("EVALSHA", script.sha, *call)  # type: ignore[no-untyped-call]
                except NoScriptError:
                    return await self._redis.execute_command("EVAL", script.source, *call)  # type: ignore[no-untyped-call]
        except (RedisError, OSError) as error:
            raise self._unavailable(error, self._deadline_s) from error

    async def write(self, *command: Argument) -> Any:
        """One command that a failover must not undo: as `execute`, and then replicas as the setting says."""
        if not self._wait_replicas:
            return await self.execute(*command)
        async with self._deadline(self._deadline_s):
            return await self._wait_after(*command)

    async def _run_and_wait(self, script: Script, call: Sequence[Argument]) -> Any:
        try:
            return await self._wait_after("EVALSHA", script.sha, *call)
        except NoScriptError:
            return await self._wait_after("EVAL", script.source, *call)

    async def _wait_after(self, *command: Argument) -> Any:
        """The command and WAIT in one round trip: WAIT is about what its own connection has written."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.execute_command(*command)
            pipeline.execute_command("WAIT", self._wait_replicas, self._wait_ms)
            reply, reached = await pipeline.execute(raise_on_error=False)
        for each in (reply, reached):
            if isinstance(each, RedisError):
                raise each
        if reached < self._wait_replicas:
            self.failures += 1
            raise StoreUnavailable(
                f"replicas that have it after {self._wait_ms} ms: {reached} of {self._wait_replicas}; "
                "the primary has it"
            )
        return reply

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
