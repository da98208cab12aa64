"""Deny lists: what ends a token, what else that ends, and what another process knows of it."""

import asyncio

import pytest

from authbench.contracts.failure import Failure
from servers.contract.claims import Claims
from servers.contract.errors import StoreUnavailable, Unauthenticated
from servers.contract.settings import ServerSettings
from servers.schemes.jwt_denylist import DenylistTokens
from servers.schemes.jwt_denylist_local import LocalDenylistTokens
from servers.schemes.parts.composed import ComposedScheme
from servers.schemes.parts.revocation import LocalDenylistRevocation
from servers.stores.token_state.local_denylist import LocalDenylist
from tests.servers.redis_process import RedisProcess
from tests.servers.schemes.in_process import (
    ALICE,
    accepted,
    bearing,
    fresh_prefix,
    log_in,
    refused_soon,
    share_keys,
    signed_part,
    started,
    token_of,
)
from tests.servers.stores.session_stores import GUARD_S, run

both = pytest.mark.parametrize("kind", [DenylistTokens, LocalDenylistTokens])


def claims_of(scheme: ComposedScheme, token: str) -> Claims:
    return signed_part(scheme).verified(bearing(token))


def list_of(scheme: ComposedScheme) -> LocalDenylist:
    assert isinstance(scheme.revocation, LocalDenylistRevocation)
    assert isinstance(scheme.revocation.list, LocalDenylist)
    return scheme.revocation.list


@both
def test_a_logout_ends_every_token_of_its_login_and_no_other(
    kind: type[ComposedScheme], redis_server: RedisProcess
) -> None:
    async def inside() -> None:
        async with started(kind, redis_server) as scheme:
            one, other = await log_in(scheme), await log_in(scheme)
            renewed = token_of(scheme, claims_of(scheme, one).sid)
            await scheme.revoke(bearing(one))
            assert [await accepted(scheme, token) for token in (one, renewed, other)] == [False, False, True]
            with pytest.raises(Unauthenticated):
                await scheme.revoke(bearing(one))

    run(inside())


@both
def test_a_denied_token_has_no_second_spelling(
    kind: type[ComposedScheme], redis_server: RedisProcess
) -> None:
    """A list of texts would know one of them (padding, RFC 6750 section 2.1)."""

    async def inside() -> None:
        async with started(kind, redis_server) as scheme:
            token, other = await log_in(scheme), await log_in(scheme)
            assert await scheme.revocation.deny(claims_of(scheme, token))
            for spelling in (token, f"{token}=", f"{token}=="):
                assert not await accepted(scheme, spelling)
            assert await accepted(scheme, other)

    run(inside())


@both
def test_the_end_of_everything_spares_nobody_who_began_before(
    kind: type[ComposedScheme], redis_server: RedisProcess
) -> None:
    async def inside() -> None:
        async with started(kind, redis_server) as scheme:
            tokens = [await log_in(scheme) for _ in range(3)]
            mark = await scheme.before_login("alice")
            await scheme.revoke_everywhere(bearing(tokens[0]))
            assert not any([await accepted(scheme, token) for token in tokens])
            with pytest.raises(Unauthenticated):
                await scheme.issue(ALICE, bearing(tokens[0]), mark)
            assert await accepted(scheme, await log_in(scheme))
            await scheme.end_all("bob")  # who never logged in

    run(inside())


@both
def test_a_token_made_while_its_login_ends_is_dead(
    kind: type[ComposedScheme], redis_server: RedisProcess
) -> None:
    """A refresh that was let pass just before: its token names the login, and that is denied."""

    async def inside() -> None:
        async with started(kind, redis_server) as scheme:
            family = claims_of(scheme, await log_in(scheme)).sid
            token = token_of(scheme, family)
            await scheme.end_all("alice")
            assert not await accepted(scheme, token)

    run(inside())


@both
def test_one_login_of_several_can_be_ended(kind: type[ComposedScheme], redis_server: RedisProcess) -> None:
    async def inside() -> None:
        async with started(kind, redis_server) as scheme:
            own, other, third = [await log_in(scheme) for _ in range(3)]
            assert await scheme.revoke_login(bearing(own), claims_of(scheme, other).sid)
            assert not await scheme.revoke_login(bearing(own), "nobody's")
            assert scheme.renewal is not None
            await scheme.renewal.end_login(claims_of(scheme, third).sid)
            assert [await accepted(scheme, token) for token in (own, other, third)] == [True, False, False]

    run(inside())


@both
def test_without_redis_there_is_one_line(kind: type[ComposedScheme]) -> None:
    with pytest.raises(Failure, match="needs a Redis"):
        run(kind(ServerSettings(scheme=kind.name)).start())


def test_another_process_hears_of_it_and_a_new_one_reads_it(redis_server: RedisProcess) -> None:
    async def inside() -> None:
        prefix = fresh_prefix()
        async with (
            started(LocalDenylistTokens, redis_server, prefix) as here,
            started(LocalDenylistTokens, redis_server, prefix) as there,
        ):
            share_keys(here, there)
            token, other = await log_in(here), await log_in(here)
            assert await accepted(there, token)
            await here.revoke(bearing(token))
            await refused_soon(there, token)
            assert await accepted(there, other)
            async with started(LocalDenylistTokens, redis_server, prefix) as late:
                share_keys(here, late)
                assert not await accepted(late, token)
                assert await accepted(late, other)

    run(inside())


def test_what_was_missed_while_cut_off_is_never_let_in(redis_server: RedisProcess) -> None:
    """While news may be missing Redis is asked; afterwards the copy is whole again."""

    async def inside() -> None:
        prefix = fresh_prefix()
        async with (
            started(LocalDenylistTokens, redis_server, prefix) as here,
            started(LocalDenylistTokens, redis_server, prefix, denylist_heartbeat_s=0.1) as there,
        ):
            share_keys(here, there)
            copy = list_of(there)
            assert copy.trusted
            tokens = [await log_in(here) for _ in range(5)]
            for token in tokens:
                redis_server.ask("CLIENT", "KILL", "TYPE", "pubsub")
                await here.revoke(bearing(token))
                await refused_soon(there, token)
            async with asyncio.timeout(GUARD_S):
                while not copy.trusted:
                    await asyncio.sleep(0.01)
            assert not any([await accepted(there, token) for token in tokens])

    run(inside())


def test_a_copy_is_not_trusted_beyond_its_lease_and_then_fails_closed(own_redis: RedisProcess) -> None:
    async def inside() -> None:
        async with started(
            LocalDenylistTokens, own_redis, denylist_heartbeat_s=0.05, store_deadline_ms=1000
        ) as scheme:
            copy = list_of(scheme)
            token = await log_in(scheme)
            own_redis.freeze()
            async with asyncio.timeout(GUARD_S):
                while copy.trusted:
                    await asyncio.sleep(0.01)
            with pytest.raises(StoreUnavailable):
                await scheme.authenticate(bearing(token))
            own_redis.thaw()
            async with asyncio.timeout(GUARD_S):
                while not copy.trusted:
                    await asyncio.sleep(0.01)
            assert await accepted(scheme, token)

    run(inside())
