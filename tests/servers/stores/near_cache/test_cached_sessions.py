"""Two processes' stores on one Redis: what one of them ends, the other may still have, and for how long."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

import pytest

from servers.contract.claims import Claims, new_claims
from servers.contract.errors import StoreUnavailable
from servers.stores.near_cache.cache import NearCache
from servers.stores.near_cache.cached_sessions import CachedSessions
from servers.stores.redis.client import RedisStore
from servers.stores.redis.sessions import RedisSessions
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import GUARD_S, run

_PREFIXES = count()
WINDOW_S = 5.0


class Slow(RedisSessions):
    """Holds what it has read back until it is told to go on."""

    reading: asyncio.Event | None = None
    go_on: asyncio.Event | None = None

    async def read(self, key: str) -> Claims | None:
        claims = await super().read(key)
        if self.reading is not None and self.go_on is not None:
            self.reading.set()
            await self.go_on.wait()
        return claims


class Process:
    """One process's store and its clock."""

    def __init__(self, redis: RedisProcess, prefix: str) -> None:
        self.now = 0.0
        self.inner = Slow(RedisStore(redis.url, 0.25, 4), prefix, 600, 1)
        self.store = CachedSessions(self.inner, NearCache(100, WINDOW_S, lambda: self.now))


def with_two(redis: RedisProcess, work: Callable[[Process, Process], Awaitable[None]]) -> None:
    async def inside() -> None:
        prefix = f"cached-{next(_PREFIXES)}:"
        here, there = Process(redis, prefix), Process(redis, prefix)
        async with asyncio.timeout(GUARD_S):
            await here.store.start()
            await there.store.start()
            try:
                await work(here, there)
            finally:
                await here.store.stop()
                await there.store.stop()

    run(inside())


async def log_in(process: Process, key: str = "k", sub: str = "alice") -> Claims:
    claims = new_claims(sub, "user", 3600)
    assert await process.store.create(key, claims, await process.store.mark(sub))
    return claims


ENDINGS: dict[str, Callable[[CachedSessions, Claims], Awaitable[object]]] = {
    "end": lambda store, claims: store.end(["k"]),
    "end_one": lambda store, claims: store.end_one("alice", claims.jti),
    "end_all": lambda store, claims: store.end_all("alice"),
    "clear": lambda store, claims: store.clear(),
}
every_ending = pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)


@every_ending
def test_ended_here_is_over_here_and_there_once_the_window_is(
    redis_server: RedisProcess, ending: Callable[[CachedSessions, Claims], Awaitable[object]]
) -> None:
    async def work(here: Process, there: Process) -> None:
        claims = await log_in(here)
        assert await here.store.read("k") == await there.store.read("k") == claims
        await ending(here.store, claims)
        assert await here.store.read("k") is None
        there.now = WINDOW_S - 0.01
        assert await there.store.read("k") == claims
        there.now = WINDOW_S
        assert await there.store.read("k") is None

    with_two(redis_server, work)


@every_ending
def test_a_read_under_way_does_not_bring_back_what_is_ended(
    redis_server: RedisProcess, ending: Callable[[CachedSessions, Claims], Awaitable[object]]
) -> None:
    async def work(here: Process, there: Process) -> None:
        del there
        claims = await log_in(here)
        inner = here.inner
        inner.reading, inner.go_on = asyncio.Event(), asyncio.Event()
        late = asyncio.create_task(here.store.read("k"))
        await inner.reading.wait()
        await ending(here.store, claims)
        inner.go_on.set()
        # It was asked before the end, and may be answered so.
        assert await late == claims
        assert await here.store.read("k") is None

    with_two(redis_server, work)


def test_a_role_taken_away_is_gone_here_at_once(redis_server: RedisProcess) -> None:
    async def work(here: Process, there: Process) -> None:
        await log_in(here)
        for process in (here, there):
            assert (await process.store.read("k")) is not None
        await here.store.rescope("alice", "less")
        assert [claims.scope for process in (here, there) if (claims := await process.store.read("k"))] == [
            "less",
            "user",
        ]
        there.now = WINDOW_S
        claims = await there.store.read("k")
        assert claims is not None
        assert claims.scope == "less"

    with_two(redis_server, work)


def test_what_is_not_there_is_asked_for_each_time(redis_server: RedisProcess) -> None:
    async def work(here: Process, there: Process) -> None:
        assert await here.store.read("k") is None
        claims = await log_in(there)
        assert await here.store.read("k") == claims

    with_two(redis_server, work)


def test_a_frozen_store_fails_closed_and_leaves_nothing_kept(own_redis: RedisProcess) -> None:
    async def work(here: Process, there: Process) -> None:
        del there
        claims, _ = await log_in(here), await log_in(here, "other")
        assert await here.store.read("k") == claims
        own_redis.freeze()
        # What is known is good for its time; what is not known is nobody.
        assert await here.store.read("k") == claims
        with pytest.raises(StoreUnavailable):
            await here.store.read("other")
        # The end that was not confirmed may have happened: it is asked for again.
        with pytest.raises(StoreUnavailable):
            await here.store.end(["k"])
        with pytest.raises(StoreUnavailable):
            await here.store.read("k")
        own_redis.thaw()

    with_two(own_redis, work)


def test_what_was_replaced_is_forgotten(redis_server: RedisProcess) -> None:
    async def work(here: Process, there: Process) -> None:
        del there
        for name in ("k", "other"):
            await log_in(here, name)
            assert await here.store.read(name) is not None
        stored = await here.store.replace_all("k", "new", new_claims("alice", "user", 3600))
        assert [await here.store.read(key) for key in ("k", "other", "new")] == [None, None, stored]

    with_two(redis_server, work)
