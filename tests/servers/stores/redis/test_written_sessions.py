"""What is written when a request is through with a session, and what it undoes."""

import time
from collections.abc import Awaitable, Callable

import pytest

from servers.contract.claims import Claims, new_claims
from servers.stores.redis.written_sessions import WrittenSessions
from servers.stores.sessions import SessionStore
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import IDLE_S, with_sessions

KEY = "0" * 64
CLAIMS = new_claims("alice", "user admin", 3600)


def with_one(
    kind: str,
    redis: RedisProcess,
    prefix: str,
    work: Callable[[WrittenSessions, Claims], Awaitable[None]],
) -> None:
    """A store with one session, read and not written yet."""

    async def inside(store: SessionStore) -> None:
        assert isinstance(store, WrittenSessions)
        assert await store.create(KEY, CLAIMS, await store.mark("alice"))
        read = await store.read(KEY)
        assert read == CLAIMS
        await work(store, read)

    with_sessions(kind, redis, inside, prefix)


@pytest.mark.parametrize("kind", ["rewrite", "rewrite-safe", "hash"])
def test_another_idle_period(kind: str, redis_server: RedisProcess) -> None:
    name = f"written-1-{kind}:{KEY}"

    async def work(store: WrittenSessions, claims: Claims) -> None:
        redis_server.ask("EXPIRE", name, 100)
        assert await store.read(KEY) == claims
        assert redis_server.ask("TTL", name) <= 100
        await store.used(KEY, claims)
        assert redis_server.ask("TTL", name) in range(IDLE_S - 2, IDLE_S + 1)
        assert await store.read(KEY) == claims
        assert await store.of_user("alice") == [claims]

    with_one(kind, redis_server, f"written-1-{kind}:", work)


@pytest.mark.parametrize(("kind", "revived"), [("rewrite", True), ("rewrite-safe", False), ("hash", False)])
def test_ended_between_read_and_write(kind: str, revived: bool, redis_server: RedisProcess) -> None:
    async def work(store: WrittenSessions, claims: Claims) -> None:
        await store.end([KEY])
        assert await store.read(KEY) is None
        await store.used(KEY, claims)
        assert await store.read(KEY) == (claims if revived else None)
        # Nobody finds it by its user, so a logout everywhere does not end it either.
        assert await store.of_user("alice") == []
        await store.end_all("alice")
        assert await store.read(KEY) == (claims if revived else None)

    with_one(kind, redis_server, f"written-2-{kind}:", work)


@pytest.mark.parametrize(
    ("kind", "scope"), [("rewrite", "user admin"), ("rewrite-safe", None), ("hash", "user")]
)
def test_a_role_changed_between_read_and_write(
    kind: str, scope: str | None, redis_server: RedisProcess
) -> None:
    async def work(store: WrittenSessions, claims: Claims) -> None:
        await store.rescope("alice", "user")
        await store.used(KEY, claims)
        after = await store.read(KEY)
        assert (after.scope if after else None) == scope

    with_one(kind, redis_server, f"written-3-{kind}:", work)


def test_a_hash_whose_session_ends_between_exists_and_hset(redis_server: RedisProcess) -> None:
    name = f"written-4:{KEY}"

    async def work(store: WrittenSessions, claims: Claims) -> None:
        execute = store._redis.execute

        async def ending_before_hset(*command: str | bytes | int) -> object:
            if command[0] == "HSET":
                await store.end([KEY])
            return await execute(*command)

        store._redis.execute = ending_before_hset  # type: ignore[method-assign]
        await store.used(KEY, claims)
        store._redis.execute = execute  # type: ignore[method-assign]
        # What is left opens nothing, and would go by itself.
        assert redis_server.ask("HKEYS", name) == [b"accessed"]
        assert redis_server.ask("TTL", name) in range(IDLE_S - 2, IDLE_S + 1)
        assert await store.of_user("alice") == []
        assert await store.read(KEY) is None
        assert redis_server.ask("EXISTS", name) == 0

    with_one("hash", redis_server, "written-4:", work)


def test_fields_of_a_hash(redis_server: RedisProcess) -> None:
    async def work(store: WrittenSessions, claims: Claims) -> None:
        fields = redis_server.ask("HGETALL", f"written-5:{KEY}")
        assert sorted(fields) == [b"accessed", b"claims", b"created"]
        assert Claims.parse_json(fields[b"claims"]) == claims
        assert claims.iat <= int(fields[b"created"]) // 1000 <= time.time()
        await store.used(KEY, claims)
        later = redis_server.ask("HGETALL", f"written-5:{KEY}")
        assert int(later[b"accessed"]) >= int(fields[b"accessed"])
        assert later[b"created"] == fields[b"created"]

    with_one("hash", redis_server, "written-5:", work)
