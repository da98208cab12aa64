"""Both schemes with opaque tokens, in this process, on a real Redis."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import pytest

from authbench.contracts.failure import Failure
from servers.contract.claims import new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.scheme import Account
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme
from servers.schemes.parts.composed import ComposedScheme
from tests.servers.make_request import request
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import GUARD_S, run

BOTH = ["opaque-redis", "opaque-redis-cached"]
ALICE = Account("alice", "", "user admin")
_PREFIXES = count()


def with_scheme(
    name: str, redis: RedisProcess, work: Callable[[ComposedScheme], Awaitable[None]], **settings: Any
) -> None:
    async def inside() -> None:
        usual = {"store_connections_warm": 1, "store_deadline_ms": 5000}
        chosen = {"redis_key_prefix": f"opaque-{next(_PREFIXES)}:", **usual, **settings}
        scheme = find_scheme(name)(ServerSettings(scheme=name, redis_url=redis.url, **chosen))
        assert isinstance(scheme, ComposedScheme)
        async with asyncio.timeout(GUARD_S):
            await scheme.start()
            try:
                await work(scheme)
            finally:
                await scheme.stop()

    run(inside())


async def log_in(scheme: ComposedScheme, account: Account = ALICE) -> str:
    mark = await scheme.before_login(account.username)
    return str((await scheme.issue(account, request(), mark)).body["access_token"])


async def accepted(scheme: ComposedScheme, token: str) -> bool:
    try:
        await scheme.authenticate(bearing(token))
    except Unauthenticated:
        return False
    return True


def bearing(token: str) -> Any:
    return request(("Authorization", f"Bearer {token}"))


@pytest.mark.parametrize("name", BOTH)
def test_the_answer_is_a_token_response_and_the_token_says_nothing(
    redis_server: RedisProcess, name: str
) -> None:
    async def work(scheme: ComposedScheme) -> None:
        body = (await scheme.issue(ALICE, request(), await scheme.before_login("alice"))).body
        token = body.pop("access_token")
        assert body == {"token_type": "Bearer", "expires_in": 43200, "scope": "user admin"}
        assert len(token) == 43
        identity = await scheme.authenticate(bearing(token))
        assert (identity.sub, identity.scopes) == ("alice", ("user", "admin"))
        # In the store its hash is the key, for as long as the token lives, and the token is nowhere.
        key = scheme.settings.redis_key_prefix + hashlib.sha256(token.encode()).hexdigest()
        assert redis_server.ask("TTL", key) in range(43190, 43201)
        value = redis_server.ask("GET", key)
        assert json.loads(value)["sub"] == "alice"
        assert token.encode() not in value

    with_scheme(name, redis_server, work)


@pytest.mark.parametrize("name", BOTH)
def test_a_token_that_cannot_be_one_does_not_reach_the_store(own_redis: RedisProcess, name: str) -> None:
    async def work(scheme: ComposedScheme) -> None:
        own_redis.reset_commands()
        for token in ("A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "+", "a.b.c"):
            for refuses in (scheme.authenticate, scheme.revoke):
                with pytest.raises(Unauthenticated) as refused:
                    await refuses(bearing(token))
                assert refused.value.challenge == 'Bearer realm="authbench", error="invalid_token"'
                assert token not in refused.value.reason
        with pytest.raises(Unauthenticated):
            await scheme.authenticate(request(("Cookie", "dev-sid=" + "A" * 43)))
        assert own_redis.commands() == {}
        assert not await accepted(scheme, "A" * 43)

    with_scheme(name, own_redis, work)


@pytest.mark.parametrize("name", BOTH)
def test_every_way_a_token_ends_is_final_where_it_was_told(redis_server: RedisProcess, name: str) -> None:
    async def work(scheme: ComposedScheme) -> None:
        own, other = await log_in(scheme), await log_in(scheme)
        assert await accepted(scheme, own) and await accepted(scheme, other)  # noqa: PT018
        listed = await scheme.logins(bearing(own))
        assert {login.current for login in listed} == {False, True}
        (handle,) = (login.id for login in listed if not login.current)
        assert await scheme.revoke_login(bearing(own), handle)
        assert not await scheme.revoke_login(bearing(own), handle)
        assert not await accepted(scheme, other)

        other = await log_in(scheme)
        assert await accepted(scheme, other)
        await scheme.password_changed(bearing(own), ALICE)
        assert [await accepted(scheme, token) for token in (own, other)] == [False, False]

        own = await log_in(scheme)
        await scheme.revoke(bearing(own))
        assert not await accepted(scheme, own)
        # Known or not.
        await scheme.revoke(bearing(own))

        own, other = await log_in(scheme), await log_in(scheme)
        assert await accepted(scheme, other)
        await scheme.revoke_everywhere(bearing(own))
        assert [await accepted(scheme, token) for token in (own, other)] == [False, False]

        own = await log_in(scheme)
        assert await accepted(scheme, own)
        await scheme.end_all("alice")
        assert not await accepted(scheme, own)

    with_scheme(name, redis_server, work)


@pytest.mark.parametrize("name", BOTH)
def test_a_role_taken_away_is_gone_where_it_was_told(redis_server: RedisProcess, name: str) -> None:
    async def work(scheme: ComposedScheme) -> None:
        token = await log_in(scheme)
        assert (await scheme.authenticate(bearing(token))).scopes == ("user", "admin")
        await scheme.role_changed("alice", "user")
        assert (await scheme.authenticate(bearing(token))).scopes == ("user",)

    with_scheme(name, redis_server, work)


@pytest.mark.parametrize("name", BOTH)
def test_a_login_that_races_the_end_of_all_is_refused(redis_server: RedisProcess, name: str) -> None:
    async def work(scheme: ComposedScheme) -> None:
        mark = await scheme.before_login("alice")
        await scheme.end_all("alice")
        with pytest.raises(Unauthenticated):
            await scheme.issue(ALICE, request(), mark)

    with_scheme(name, redis_server, work)


@pytest.mark.parametrize(("name", "gets"), [("opaque-redis", 5), ("opaque-redis-cached", 1)])
def test_what_repeated_reads_ask(own_redis: RedisProcess, name: str, gets: int) -> None:
    async def work(scheme: ComposedScheme) -> None:
        token = await log_in(scheme)
        own_redis.reset_commands()
        assert [await accepted(scheme, token) for _ in range(5)] == [True] * 5
        assert own_redis.commands() == {"get": gets}

    with_scheme(name, own_redis, work)


@pytest.mark.parametrize("name", BOTH)
def test_seeded_ones_live_as_they_say(redis_server: RedisProcess, name: str) -> None:
    async def work(scheme: ComposedScheme) -> None:
        claims = [new_claims("alice", "user", 60), new_claims("alice", "user", -1)]
        good, expired = [item.headers["Authorization"][7:] for item in await scheme.seed(claims)]
        assert [await accepted(scheme, token) for token in (good, expired)] == [True, False]
        assert await scheme.delete_keys() > 0
        assert not await accepted(scheme, good)

    with_scheme(name, redis_server, work)


def test_the_windows_are_the_caches() -> None:
    card = find_scheme("opaque-redis-cached")(ServerSettings(scheme="x", opaque_cache_s=60)).card
    assert {card.revocation_window_s, card.role_change_window_s, card.disabled_window_s} == {60}
    assert "60 s" in card.summary


@pytest.mark.parametrize("name", [*BOTH, "session-redis-near-cache"])
def test_without_a_url_none_starts(name: str) -> None:
    async def start() -> None:
        await find_scheme(name)(ServerSettings(scheme=name)).start()

    with pytest.raises(Failure, match="needs a Redis"):
        run(start())
