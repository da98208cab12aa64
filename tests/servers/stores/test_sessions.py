"""What every session store promises."""

import hashlib
import time
from dataclasses import replace

import pytest

from servers.contract.claims import Claims, new_claims
from servers.stores.sessions import SessionStore
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import KINDS, RESCOPED_BY_ENDING, with_sessions

pytestmark = pytest.mark.parametrize("kind", KINDS)


def key(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


async def create(store: SessionStore, name: object, sub: str = "alice") -> Claims:
    claims = new_claims(sub, "user", 3600)
    assert await store.create(key(name), claims, await store.mark(sub))
    return claims


def test_a_session_is_there_until_it_is_ended(kind: str, redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        assert await store.read(key(1)) is None
        claims = await create(store, 1)
        other = await create(store, 2)
        assert await store.read(key(1)) == claims
        await store.end([key(1), key("unknown")])
        assert await store.read(key(1)) is None
        assert await store.read(key(2)) == other
        assert await store.of_user("alice") == [other]
        assert await store.of_user("nobody") == []

    with_sessions(kind, redis_server, work)


def test_a_login_that_began_before_all_were_ended_is_refused(kind: str, redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        early, late = await store.mark("alice"), new_claims("alice", "user", 3600)
        old = await create(store, 1)
        await store.end_all("alice")
        assert await store.read(key(1)) is None
        assert not await store.create(key(2), late, early)
        # Not even when another login has begun meanwhile, and there is a mark again.
        fresh = await store.mark("alice")
        assert not await store.create(key(2), late, early)
        assert await store.read(key(2)) is None
        assert await store.of_user("alice") == []
        assert await store.create(key(2), late, fresh)
        assert old not in await store.of_user("alice")

    with_sessions(kind, redis_server, work)


def test_so_is_one_that_began_before_the_role_changed(kind: str, redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        early = await store.mark("alice")
        await store.rescope("alice", "user admin")
        assert not await store.create(key(1), new_claims("alice", "user", 3600), early)

    with_sessions(kind, redis_server, work)


def test_other_users_logins_go_on(kind: str, redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        mark = await store.mark("bob")
        await store.end_all("alice")
        await store.rescope("alice", "user")
        assert await store.create(key(1), new_claims("bob", "user", 3600), mark)
        # No mark at all is no permission.
        assert not await store.create(key(2), new_claims("bob", "user", 3600), None)

    with_sessions(kind, redis_server, work)


def test_two_logins_at_once_share_a_mark(kind: str, redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        marks = [await store.mark("alice") for _ in range(2)]
        for number, mark in enumerate(marks):
            assert await store.create(key(number), new_claims("alice", "user", 3600), mark)

    with_sessions(kind, redis_server, work)


def test_one_takes_the_place_of_all(kind: str, redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        for number in range(4):
            await create(store, number)
        foreign = await create(store, 9, "bob")
        mark = await store.mark("alice")
        drawn = new_claims("alice", "what it was", 3600)
        stored = await store.replace_all(key(2), key(5), drawn)
        assert stored == replace(drawn, scope="user")
        assert await store.of_user("alice") == [stored]
        assert [await store.read(key(number)) for number in (0, 1, 2, 3, 5)] == [None] * 4 + [stored]
        assert not await store.create(key(6), new_claims("alice", "user", 3600), mark)
        assert await store.read(key(9)) == foreign
        await store.end([key(5)])
        assert await store.of_user("alice") == []

    with_sessions(kind, redis_server, work)


@pytest.mark.parametrize("ended", [7, 2], ids=["never known", "ended before"])
def test_nothing_takes_the_place_of_what_has_ended(kind: str, redis_server: RedisProcess, ended: int) -> None:
    async def work(store: SessionStore) -> None:
        for number in range(3):
            await create(store, number)
        await store.end([key(2)])
        assert await store.replace_all(key(ended), key(5), new_claims("alice", "user", 3600)) is None
        assert await store.of_user("alice") == []
        assert [await store.read(key(number)) for number in (0, 1, 2, 5)] == [None] * 4

    with_sessions(kind, redis_server, work)


def test_it_has_the_scope_that_was_changed_meanwhile(kind: str, redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        await create(store, 1)
        drawn = new_claims("alice", "user", 3600)
        await store.rescope("alice", "user admin")
        stored = await store.replace_all(key(1), key(2), drawn)
        expected = None if kind in RESCOPED_BY_ENDING else replace(drawn, scope="user admin")
        assert (stored, await store.read(key(2))) == (expected, expected)

    with_sessions(kind, redis_server, work)


def test_one_can_be_ended_by_its_handle(kind: str, redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        one, other = await create(store, 1), await create(store, 2)
        assert not await store.end_one("bob", one.jti)
        assert await store.end_one("alice", one.jti)
        assert not await store.end_one("alice", one.jti)
        assert await store.read(key(1)) is None
        assert await store.of_user("alice") == [other]

    with_sessions(kind, redis_server, work)


def test_a_new_scope_is_in_all_of_them(kind: str, redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        for number in range(3):
            await create(store, number)
        foreign = await create(store, 9, "bob")
        await store.rescope("alice", "user admin")
        for number in range(3):
            claims = await store.read(key(number))
            if kind in RESCOPED_BY_ENDING:
                assert claims is None
                continue
            assert claims is not None
            assert (claims.sub, claims.scope) == ("alice", "user admin")
        assert len(await store.of_user("alice")) == (0 if kind in RESCOPED_BY_ENDING else 3)
        assert await store.read(key(9)) == foreign

    with_sessions(kind, redis_server, work)


def test_more_of_one_user_than_fit_one_command(kind: str, redis_server: RedisProcess) -> None:
    """Lua's stack ends at about 8000 arguments."""

    async def work(store: SessionStore) -> None:
        many = [(key(number), new_claims("alice", "user", 3600)) for number in range(8500)]
        await store.create_many(many)
        assert len(await store.of_user("alice")) == 8500
        one = await store.replace_all(many[0][0], key("one"), new_claims("alice", "user", 3600))
        assert await store.of_user("alice") == [one]
        await store.create_many(many)
        await store.end_all("alice")
        assert await store.of_user("alice") == []
        assert await store.read(key(8499)) is None

    with_sessions(kind, redis_server, work)


def test_names_that_look_like_something_else(kind: str, redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        for sub in ("a:b", "*", "ümlaut", 'quo"te', "back\\slash", "emoji 🙂", "{tag}"):
            claims = await create(store, sub, sub)
            assert await store.of_user(sub) == [claims]
            if kind not in RESCOPED_BY_ENDING:
                await store.rescope(sub, "x")
                read = await store.read(key(sub))
                assert read is not None
                assert (read.sub, read.scope, read.exp) == (sub, "x", claims.exp)
            await store.end([key(sub)])
            assert await store.of_user(sub) == []

    with_sessions(kind, redis_server, work)


def test_expired_ones_are_refused(kind: str, redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        now = int(time.time())
        await store.create_many([(key(1), new_claims("alice", "user", -5, now))])
        assert await store.of_user("alice") == []
        assert await store.read(key(1)) is None
        assert await store.clear() >= 0

    with_sessions(kind, redis_server, work)


def test_what_was_ended_leaves_nothing_behind(kind: str, redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        await create(store, 1)
        await create(store, 2)
        await store.read(key(1))
        await store.end([key(1)])
        await store.end_all("alice")
        for number in (1, 2):
            assert await store.read(key(number)) is None
        assert await store.of_user("alice") == []

    with_sessions(kind, redis_server, work)


def test_clearing_removes_everything(kind: str, redis_server: RedisProcess) -> None:
    async def work(store: SessionStore) -> None:
        await store.create_many([(key(number), new_claims("alice", "user", 3600)) for number in range(1200)])
        assert await store.clear() >= 1200
        assert await store.clear() == 0
        assert await store.read(key(1)) is None

    with_sessions(kind, redis_server, work)
