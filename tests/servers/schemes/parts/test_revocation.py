"""What ends signed claims, each way by itself: `test_revocable_tokens.py` has logins and refreshes, too."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from authbench.contracts.card import Operation
from authbench.contracts.failure import Failure
from servers.contract.claims import Claims, new_claims
from servers.contract.settings import ServerSettings
from servers.keys.keys import Keys
from servers.schemes.parts.part import redis_of
from servers.schemes.parts.revocation import (
    DenylistRevocation,
    LocalDenylistRevocation,
    RememberedVerification,
    Revocation,
    VersionRevocation,
)
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret, hs256
from tests.servers.make_request import request
from tests.servers.redis_process import RedisProcess
from tests.servers.schemes.in_process import fresh_prefix
from tests.servers.stores.session_stores import run

CLAIMS = new_claims("alice", "user", 86_400)


def settings_on(redis: RedisProcess) -> ServerSettings:
    return ServerSettings(
        scheme="some", redis_url=redis.url, redis_key_prefix=fresh_prefix(), store_deadline_ms=5000
    )


def opened(settings: ServerSettings, part: Revocation, work: Callable[[], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with AsyncExitStack() as ending:
            redis = redis_of(settings)
            ending.push_async_callback(redis.stop)
            await part.open(redis, ending)
            await work()

    run(inside())


def test_without_one_a_token_is_as_it_was_made() -> None:
    assert Revocation().marked(CLAIMS, "login", 3) == CLAIMS
    assert not Revocation.asked
    assert not asyncio.run(Revocation().deny(CLAIMS))


@pytest.mark.parametrize("kind", [DenylistRevocation, LocalDenylistRevocation])
def test_a_denied_token_is_not_admitted_and_its_login_is(
    kind: type[DenylistRevocation], redis_server: RedisProcess
) -> None:
    settings = settings_on(redis_server)
    part = kind(settings)

    async def work() -> None:
        one, other = (part.marked(replace(CLAIMS, jti=name), "login") for name in ("one", "other"))
        assert await part.deny(one)
        assert [await part.admits(claims) for claims in (one, other)] == [False, True]

    opened(settings, part, work)


@pytest.mark.parametrize("cached", [False, True])
def test_a_version_that_was_raised_ends_what_has_the_old_one(
    cached: bool, redis_server: RedisProcess
) -> None:
    settings = settings_on(redis_server)
    part = VersionRevocation(settings, cached=cached)

    async def work() -> None:
        old, new = (part.marked(CLAIMS, "login", version) for version in (0, 1))
        assert [await part.admits(claims) for claims in (old, new)] == [True, False]
        redis_server.ask("INCR", f"{settings.redis_key_prefix}version:alice")
        part.on_raise("alice", 1)
        assert [await part.admits(claims) for claims in (old, new)] == [False, True]

    opened(settings, part, work)


@pytest.mark.parametrize("kind", [DenylistRevocation, LocalDenylistRevocation, VersionRevocation])
def test_what_needs_a_redis_says_so(kind: type[DenylistRevocation]) -> None:
    async def start() -> None:
        async with AsyncExitStack() as ending:
            await kind(ServerSettings(scheme="some")).start(ending)

    with pytest.raises(Failure, match="some needs a Redis"):
        asyncio.run(start())


def test_a_token_is_verified_once_until_it_is_forgotten() -> None:
    codec, decoded = SharedSecret(ACCESS_TOKEN, hs256).codec(Keys()), 0

    class Counted:
        crypto = codec.crypto
        encode = staticmethod(codec.encode)

        @staticmethod
        def decode(token: str) -> Claims:
            nonlocal decoded
            decoded += 1
            return codec.decode(token)

    part = RememberedVerification(2, [Operation.READ])
    remembering = part.around(Counted())
    token = remembering.encode(CLAIMS)
    for _ in range(3):
        assert remembering.decode(token) == CLAIMS
    assert decoded == 1
    part.forget("bob")
    assert remembering.decode(token) == CLAIMS
    assert decoded == 1
    part.on_logout(request(("Authorization", f"Bearer {token}")))
    assert remembering.decode(token) == CLAIMS
    assert decoded == 2
