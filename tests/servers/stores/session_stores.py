"""Session stores for tests that every one of them must pass."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from itertools import count
from typing import Any

import uvloop

from servers.contract.settings import ServerSettings
from servers.database.engine import Database
from servers.schemes.opaque_redis_cached import CachedOpaqueRedisScheme
from servers.schemes.session_redis_near_cache import NearCacheSessionScheme
from servers.stores.memory import MemorySessions
from servers.stores.redis.client import RedisStore
from servers.stores.redis.hash_sessions import HashSessions
from servers.stores.redis.lean.client import LeanReader
from servers.stores.redis.lean.sessions import LeanSessions
from servers.stores.redis.reads import PlainlyReadSessions, ThrottledSessions
from servers.stores.redis.sessions import RedisSessions
from servers.stores.redis.written_sessions import RewrittenSessions, SafelyRewrittenSessions
from servers.stores.sessions import SessionStore
from servers.stores.sql.schema import SCHEMA
from servers.stores.sql.sessions import SqlSessions
from tests.servers.redis_process import RedisProcess

POSTGRES_URL = os.environ.get("AUTHBENCH_TEST_POSTGRES_URL")
"""Of a database that tests may empty, postgresql+asyncpg://...; without it they try SQLite alone."""
SHAPES: dict[str, type[RedisSessions]] = {
    "redis": RedisSessions,
    "fixed": PlainlyReadSessions,
    "rewrite": RewrittenSessions,
    "rewrite-safe": SafelyRewrittenSessions,
    "hash": HashSessions,
}
SQL = ["sqlite"] + (["postgresql"] if POSTGRES_URL else [])
KINDS = ["memory", *SHAPES, "throttled", "lean", "cached", "near", *SQL]
RESCOPED_BY_ENDING = {"rewrite-safe"}
"""Where a new scope ends the sessions that have the old one."""
TOUCH_S = 60
IDLE_S = 600
GUARD_S = 300
"""Whoever gets so far waits for something that will not come. A busy machine takes a tenth of it, and where
the guard ends a test, the loop that is cut off spoils the tests that follow in its process.
"""
PATIENCE_S = 30.0
"""The deadline of a store that no test stops."""
_PREFIXES = count()


def make_store(kind: str, redis: RedisProcess, prefix: str) -> SessionStore:
    if kind == "memory":
        return MemorySessions(IDLE_S)
    if kind in ("cached", "near"):
        return near_store(kind, redis, prefix)
    if kind in SQL:
        return SqlSessions(
            Database(POSTGRES_URL if kind == "postgresql" else None, PATIENCE_S, SCHEMA), IDLE_S, TOUCH_S
        )
    client = RedisStore(redis.url, PATIENCE_S, 4)
    if kind in SHAPES:
        return SHAPES[kind](client, prefix, IDLE_S, 4)
    if kind == "throttled":
        return ThrottledSessions(client, prefix, IDLE_S, 4, TOUCH_S)
    return LeanSessions(client, LeanReader(redis.url, PATIENCE_S), prefix, IDLE_S, 4)


def near_store(kind: str, redis: RedisProcess, prefix: str, **settings: Any) -> SessionStore:
    """With a cache of this process in front, as the scheme wires it: "cached" by the clock, or "near"."""
    schemes: dict[str, type[CachedOpaqueRedisScheme] | type[NearCacheSessionScheme]] = {
        "cached": CachedOpaqueRedisScheme,
        "near": NearCacheSessionScheme,
    }
    scheme = schemes[kind]
    defaults = {
        "store_deadline_ms": round(PATIENCE_S * 1000),
        "store_connections": 4,
        "store_connections_warm": 4,
    }
    return scheme(
        ServerSettings(
            scheme=scheme.name, redis_url=redis.url, redis_key_prefix=prefix, **(defaults | settings)
        )
    ).open_store()


def with_sessions(
    kind: str, redis: RedisProcess, work: Callable[[SessionStore], Awaitable[None]], prefix: str | None = None
) -> None:
    """Run `work` on a started store whose keys nobody else has, on the loop the server uses."""

    async def inside() -> None:
        store = make_store(kind, redis, prefix or f"store-{next(_PREFIXES)}:")
        async with asyncio.timeout(GUARD_S):
            await store.start()
            try:
                if kind == "postgresql":
                    await store.clear()
                await work(store)
            finally:
                await store.stop()

    run(inside())


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` on a loop as the server's.

    Where it fails, the loop stays open: uvloop closes it once all connections have ended, and those of a
    store that nobody stopped do not end. A test fails then, and must not hang.
    """
    runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    runner.run(work)
    runner.close()
