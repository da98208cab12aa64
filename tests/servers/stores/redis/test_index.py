"""The index of a user must outlive everything that is listed there."""

import hashlib
import time
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servers.contract.claims import new_claims
from servers.stores.redis.client import RedisStore
from servers.stores.redis.index import MARK_LIFETIME_S
from servers.stores.sessions import SessionStore
from servers.stores.token_state.refresh_families import Families, RotationRequest
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import IDLE_S, run, with_sessions

PREFIXES = count()
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.integers(1, 50_000)),
        st.tuples(st.just("read"), st.integers(0, 9)),
        st.tuples(st.just("end"), st.integers(0, 9)),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_the_index_outlives_its_sessions(redis_server: RedisProcess, steps: list[tuple[str, int]]) -> None:
    """Lifetimes of any length in any order, sessions touched and ended in between."""
    prefix = f"outlive-{next(PREFIXES)}:"

    async def work(store: SessionStore) -> None:
        made: list[str] = []
        for what, number in steps:
            if what == "create":
                key = hashlib.sha256(f"{prefix}{len(made)}".encode()).hexdigest()
                claims = new_claims("alice", "user", number)
                assert await store.create(key, claims, await store.mark("alice"))
                made.append(key)
            elif made and what == "read":
                await store.read(made[number % len(made)])
            elif made:
                await store.end([made[number % len(made)]])
            alive = [ttl for key in made if (ttl := redis_server.ask("PTTL", prefix + key)) != -2]
            index_ms = redis_server.ask("PTTL", f"{prefix}sessions-of:alice")
            listed = redis_server.ask("ZCARD", f"{prefix}sessions-of:alice")
            assert listed == len(alive)
            # EXPIREAT counts whole seconds, and so does `exp`.
            assert all(index_ms > ttl - 2000 for ttl in alive)

    with_sessions("redis", redis_server, work, prefix)


def test_entries_go_when_their_sessions_cannot_be_there_any_more(redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        now = int(time.time())
        for name, expiry in (("gone", now - IDLE_S - 5), ("refused", now - 5)):
            redis_server.ask("ZADD", "entries:sessions-of:alice", expiry, name)
        assert await store.create("0" * 64, new_claims("alice", "user", 60), await store.mark("alice"))
        members = redis_server.ask("ZRANGE", "entries:sessions-of:alice", 0, -1)
        assert [member.partition(b":")[2] or member for member in members] == [b"refused", b"0" * 64]
        assert len(await store.of_user("alice")) == 1

    with_sessions("redis", redis_server, work, "entries:")


def test_marks_are_short_lived_and_used_marks_live_on(redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        first = await store.mark("alice")
        redis_server.ask("EXPIRE", "marks:sessions-mark:alice", 3)
        assert await store.mark("alice") == first
        assert redis_server.ask("TTL", "marks:sessions-mark:alice") in (MARK_LIFETIME_S - 1, MARK_LIFETIME_S)
        # Lost with its Redis, or evicted: refused, the safe side.
        redis_server.ask("DEL", "marks:sessions-mark:alice")
        assert not await store.create("1" * 64, new_claims("alice", "user", 60), first)

    with_sessions("redis", redis_server, work, "marks:")


def test_families_are_listed_and_ended_alike(redis_server: RedisProcess) -> None:
    async def work() -> None:
        redis = RedisStore(redis_server.url, 5.0, 4)
        families = Families(redis, "alike:", idle_s=100, absolute_s=5000, warm=1)
        await families.start()
        try:
            early = await families.mark("alice")
            assert await families.create("one", b"1" * 32, "alice", "user", early) is not None
            assert await families.create("two", b"2" * 32, "alice", "user", early) is not None
            assert redis_server.ask("TTL", "alike:families-of:alice") in range(5095, 5101)
            await families.rescope("alice", "user admin")
            assert await families.create("three", b"3" * 32, "alice", "user", early) is None
            assert (
                await families.rotate(RotationRequest("one", b"1" * 32, b"x" * 32, made_here=True))
            ).scope == "user admin"
            late = await families.mark("alice")
            await families.end_all("alice")
            assert await families.create("four", b"4" * 32, "alice", "user", late) is None
            assert await families.of_user("alice") == []
            assert (
                await families.rotate(RotationRequest("two", b"2" * 32, b"x" * 32, made_here=True))
            ).outcome == "unknown"
            # A changed role makes no record of what has ended.
            await families.rescope("alice", "user")
            assert redis_server.ask("KEYS", "alike:*") == []
        finally:
            await families.stop()

    run(work())
