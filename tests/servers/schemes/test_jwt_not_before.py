"""Versions: one write ends every token a user has, and none that is made afterwards."""

import pytest

from authbench.contracts.failure import Failure
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings
from servers.schemes.jwt_not_before import NotBeforeTokens
from servers.schemes.jwt_not_before_cached import CachedNotBeforeTokens
from servers.schemes.parts.composed import ComposedScheme
from servers.schemes.parts.revocation import VersionRevocation
from servers.stores.redis.client import RedisStore
from servers.stores.token_state.user_versions import CachedVersions
from tests.servers.redis_process import RedisProcess
from tests.servers.schemes.in_process import (
    ALICE,
    accepted,
    bearing,
    fresh_prefix,
    log_in,
    share_keys,
    started,
    token_of,
)
from tests.servers.stores.session_stores import run

both = pytest.mark.parametrize("kind", [NotBeforeTokens, CachedNotBeforeTokens])


async def version(scheme: ComposedScheme) -> int:
    assert isinstance(scheme.revocation, VersionRevocation)
    return await scheme.revocation.known.of("alice")


@both
def test_tokens_of_one_second_stand_on_both_sides(
    kind: type[NotBeforeTokens], redis_server: RedisProcess
) -> None:
    async def inside() -> None:
        async with started(kind, redis_server) as scheme:
            before = [await log_in(scheme) for _ in range(2)]
            assert all([await accepted(scheme, token) for token in before])
            await scheme.revoke_everywhere(bearing(before[0]))
            after = await log_in(scheme)
            assert [await accepted(scheme, token) for token in (*before, after)] == [False, False, True]

    run(inside())


@both
def test_a_changed_role_ends_tokens_and_not_the_login(
    kind: type[NotBeforeTokens], redis_server: RedisProcess
) -> None:
    async def inside() -> None:
        async with started(kind, redis_server) as scheme:
            token = await log_in(scheme)
            assert await accepted(scheme, token)
            (login,) = await scheme.logins(bearing(token))
            await scheme.role_changed("alice", "user")
            assert not await accepted(scheme, token)
            assert await accepted(scheme, token_of(scheme, login.id, await version(scheme)))

    run(inside())


@both
def test_a_login_or_refresh_that_races_the_end_of_all_gives_nothing(
    kind: type[NotBeforeTokens], redis_server: RedisProcess
) -> None:
    async def inside() -> None:
        async with started(kind, redis_server) as scheme:
            (login,) = await scheme.logins(bearing(token := await log_in(scheme)))
            made = token_of(scheme, login.id, await version(scheme))
            mark = await scheme.before_login("alice")
            await scheme.end_all("alice")
            assert not await accepted(scheme, made)
            with pytest.raises(Unauthenticated):
                await scheme.issue(ALICE, bearing(token), mark)

    run(inside())


@both
def test_without_redis_there_is_one_line(kind: type[NotBeforeTokens]) -> None:
    with pytest.raises(Failure, match="needs a Redis"):
        run(kind(ServerSettings(scheme=kind.name)).start())


def test_another_process_knows_at_once_only_without_a_cache(redis_server: RedisProcess) -> None:
    async def inside() -> None:
        prefix = fresh_prefix()
        async with (
            started(NotBeforeTokens, redis_server, prefix) as here,
            started(NotBeforeTokens, redis_server, prefix) as there,
            started(CachedNotBeforeTokens, redis_server, prefix, not_before_cache_s=3600) as later,
        ):
            share_keys(here, there, later)
            token = await log_in(here)
            assert await accepted(there, token)
            assert await accepted(later, token)
            await here.end_all("alice")
            assert not await accepted(there, token)
            assert await accepted(later, token)  # as the card says
            await later.end_all("alice")
            assert not await accepted(later, token)

    run(inside())


def test_what_is_remembered_is_asked_again_after_its_time(redis_server: RedisProcess) -> None:
    async def inside() -> None:
        now = 100.0
        store = RedisStore(redis_server.url, 1.0, 4)
        versions = CachedVersions(store, fresh_prefix(), 5.0, lambda: now)
        assert await versions.of("alice") == 0
        assert await store.execute("INCR", f"{versions._prefix}alice") == 1
        now = 104.9
        assert await versions.of("alice") == 0
        now = 105.0
        assert await versions.of("alice") == 1
        await store.stop()

    run(inside())


def test_an_answer_overtaken_by_a_raise_here_does_not_undo_it(redis_server: RedisProcess) -> None:
    async def inside() -> None:
        store = RedisStore(redis_server.url, 1.0, 4)
        versions = CachedVersions(store, fresh_prefix(), 5.0)
        execute = store.execute

        async def overtaken(*command: str | bytes | int) -> object:
            value = await execute(*command)
            if command[0] == "GET":
                store.execute = execute  # type: ignore[method-assign]
                versions.raised("alice", await execute("INCR", f"{versions._prefix}alice"))
            return value

        store.execute = overtaken  # type: ignore[method-assign]
        await versions.of("alice")
        assert await versions.of("alice") == 1
        await store.stop()

    run(inside())


def test_of_two_raises_here_the_higher_one_counts(redis_server: RedisProcess) -> None:
    async def inside() -> None:
        store = RedisStore(redis_server.url, 5.0, 4)
        versions = CachedVersions(store, fresh_prefix(), 5.0)
        for version in (2, 1):
            versions.raised("alice", version)
        assert await versions.of("alice") == 2
        await store.stop()

    run(inside())


def test_memory_is_bounded(redis_server: RedisProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    async def inside() -> None:
        monkeypatch.setattr(CachedVersions, "_SIZE", 3)
        store = RedisStore(redis_server.url, 1.0, 4)
        versions = CachedVersions(store, fresh_prefix(), 5.0)
        for number in range(10):
            await versions.of(f"user-{number}")
        assert list(versions._known) == ["user-7", "user-8", "user-9"]
        await store.stop()

    run(inside())
