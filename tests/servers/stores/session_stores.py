"""Session stores for tests that every one of them must pass."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from itertools import count
from typing import Any

import uvloop

from servers.stores.lean import LeanReader
from servers.stores.lean_sessions import LeanSessions
from servers.stores.memory_sessions import MemorySessions
from servers.stores.redis import RedisStore
from servers.stores.redis_sessions import RedisSessions
from servers.stores.sessions import SessionStore
from tests.servers.redis_process import RedisProcess

KINDS = ["memory", "redis", "lean"]
IDLE_S = 600
GUARD_S = 20
_PREFIXES = count()


def make_store(kind: str, redis: RedisProcess, prefix: str) -> SessionStore:
    if kind == "memory":
        return MemorySessions(IDLE_S)
    client = RedisStore(redis.url, 5.0, 4)
    if kind == "redis":
        return RedisSessions(client, prefix, IDLE_S, 4)
    return LeanSessions(client, LeanReader(redis.url, 5.0), prefix, IDLE_S, 4)


def with_sessions(
    kind: str, redis: RedisProcess, work: Callable[[SessionStore], Awaitable[None]], prefix: str | None = None
) -> None:
    """Run `work` on a started store whose keys nobody else has, on the loop the server uses."""

    async def inside() -> None:
        store = make_store(kind, redis, prefix or f"store-{next(_PREFIXES)}:")
        async with asyncio.timeout(GUARD_S):
            await store.start()
            try:
                await work(store)
            finally:
                await store.stop()

    run(inside())


def run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)
