"""Two processes' near caches on one Redis: what one ends, the other refuses as soon as Redis has told it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import count

import pytest

from servers.contract.claims import Claims, new_claims
from servers.contract.errors import StoreUnavailable
from servers.stores.sessions import SessionStore
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.near_cache.test_tracking import kill_trackers
from tests.servers.stores.session_stores import GUARD_S, near_store, run

_PREFIXES = count()
HEARTBEAT_S = 0.05
DEADLINE_MS = 10_000
"""Whoever does not freeze his Redis never waits for it."""
FROZEN_MS = 1000
"""The deadline where Redis is frozen: a busy machine is as quick."""
Work = Callable[[SessionStore, SessionStore], Awaitable[None]]


def with_two(
    redis: RedisProcess, work: Work, heartbeat_s: float = HEARTBEAT_S, deadline_ms: int = DEADLINE_MS
) -> None:
    async def inside() -> None:
        prefix = f"near-{next(_PREFIXES)}:"
        settings = {"near_cache_heartbeat_s": heartbeat_s, "store_deadline_ms": deadline_ms}
        here, there = (near_store("near", redis, prefix, **settings) for _ in range(2))
        async with asyncio.timeout(GUARD_S):
            await here.start()
            await there.start()
            try:
                await work(here, there)
            finally:
                await here.stop()
                await there.stop()

    run(inside())


async def log_in(store: SessionStore, key: str = "k", sub: str = "alice") -> Claims:
    claims = new_claims(sub, "user", 3600)
    assert await store.create(key, claims, await store.mark(sub))
    return claims


async def until_gone(store: SessionStore) -> None:
    async with asyncio.timeout(GUARD_S):
        while await store.read("k") is not None:
            await asyncio.sleep(0.001)


async def answers(store: SessionStore) -> bool:
    """Whether the session is accepted; False where the store says that it cannot tell."""
    try:
        return await store.read("k") is not None
    except StoreUnavailable:
        return False


ENDINGS: dict[str, Callable[[SessionStore, Claims], Awaitable[object]]] = {
    "end": lambda store, claims: store.end(["k"]),
    "end_one": lambda store, claims: store.end_one("alice", claims.jti),
    "end_all": lambda store, claims: store.end_all("alice"),
    "clear": lambda store, claims: store.clear(),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_ended_here_is_over_here_at_once_and_there_by_news(
    redis_server: RedisProcess, ending: Callable[[SessionStore, Claims], Awaitable[object]]
) -> None:
    async def work(here: SessionStore, there: SessionStore) -> None:
        claims = await log_in(here)
        for store in (here, there):
            assert await store.read("k") == await store.read("k") == claims
        await ending(here, claims)
        assert await here.read("k") is None
        await until_gone(there)

    # No heartbeat and no lease comes to its end: what reaches the other one is the news.
    with_two(redis_server, work, heartbeat_s=60)


def test_a_new_role_reaches_both(redis_server: RedisProcess) -> None:
    async def work(here: SessionStore, there: SessionStore) -> None:
        await log_in(here)
        for store in (here, there):
            assert await store.read("k") is not None
        await here.rescope("alice", "less")
        assert [item.scope for item in [await here.read("k")] if item] == ["less"]
        async with asyncio.timeout(GUARD_S):
            while (claims := await there.read("k")) is None or claims.scope != "less":
                await asyncio.sleep(0.001)

    with_two(redis_server, work, heartbeat_s=60)


def test_a_repeated_read_asks_nothing(own_redis: RedisProcess) -> None:
    async def work(here: SessionStore, there: SessionStore) -> None:
        claims = await log_in(here)
        own_redis.reset_commands()
        assert [await here.read("k") for _ in range(20)] == [claims] * 20
        assert own_redis.commands() == {"get": 1}
        assert await there.read("k") == claims
        assert own_redis.commands() == {"get": 2}

    with_two(own_redis, work, heartbeat_s=60)


def test_nothing_kept_outlives_its_connection(own_redis: RedisProcess) -> None:
    """The key is changed while nobody is told: the connection is gone before the session is."""

    async def work(here: SessionStore, there: SessionStore) -> None:
        await log_in(here)
        assert await there.read("k") is not None
        own_redis.freeze()
        # Both wait in Redis's sockets when it goes on; in which order, it decides.
        killing = asyncio.create_task(asyncio.to_thread(kill_trackers, own_redis))
        own_redis.thaw()
        await killing
        await here.end(["k"])
        await until_gone(there)
        # And the new connection's word is good for what is read by it.
        claims = await log_in(here)
        async with asyncio.timeout(GUARD_S):
            while await there.read("k") != claims:
                await asyncio.sleep(0.001)
        await here.end(["k"])
        await until_gone(there)

    with_two(own_redis, work)


def test_a_frozen_redis_is_not_trusted_beyond_the_bound(own_redis: RedisProcess) -> None:
    async def work(here: SessionStore, there: SessionStore) -> None:
        del here
        await log_in(there)
        assert await there.read("k") is not None
        bound_s = HEARTBEAT_S + FROZEN_MS / 1000
        own_redis.freeze()
        frozen = asked = accepted = time.monotonic()
        # The clock is read before each question: a busy machine may be late afterwards.
        while await answers(there):
            accepted, asked = asked, time.monotonic()
            await asyncio.sleep(0.002)
        assert accepted - frozen < bound_s
        own_redis.thaw()
        async with asyncio.timeout(GUARD_S):
            while not await answers(there):
                await asyncio.sleep(0.01)

    with_two(own_redis, work, deadline_ms=FROZEN_MS)


def test_a_redis_that_lost_everything_takes_the_sessions_with_it(own_redis: RedisProcess) -> None:
    async def work(here: SessionStore, there: SessionStore) -> None:
        await log_in(here)
        assert await there.read("k") is not None
        own_redis.kill()
        async with asyncio.timeout(GUARD_S):
            while await answers(there):
                await asyncio.sleep(0.001)
        own_redis.start()
        assert await there.read("k") is None

    with_two(own_redis, work)


def test_reads_and_an_end_that_meet_in_redis_leave_nothing(own_redis: RedisProcess) -> None:
    """All wait in its sockets when Redis goes on: whichever order it takes, no copy is left behind."""

    async def work(here: SessionStore, there: SessionStore) -> None:
        for _ in range(10):
            await log_in(here)
            own_redis.freeze()
            reads = [asyncio.create_task(store.read("k")) for store in (here, there) for _ in range(3)]
            ending = asyncio.create_task(here.end(["k"]))
            reads += [asyncio.create_task(store.read("k")) for store in (here, there)]
            await asyncio.sleep(0.005)
            own_redis.thaw()
            await asyncio.gather(*reads)
            await ending
            assert await here.read("k") is None
            await until_gone(there)

    with_two(own_redis, work, heartbeat_s=60, deadline_ms=5000)
