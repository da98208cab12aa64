"""What each rung of `session-redis` asks of Redis, and what it lets pass."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from authbench.contracts.card import Operation
from authbench.contracts.failure import Failure
from servers.contract.claims import Identity, new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings, refuse_exposure
from servers.discovery import find_scheme, known_schemes
from servers.instruments.rungs import sessions
from servers.instruments.rungs.sessions import SessionStage
from tests.servers.make_request import request
from tests.servers.redis_process import RedisProcess

READS = {
    "RoundTrip": {"echo": 1},
    "MissingKey": {"get": 1},
    "ValueFetched": {"get": 1},
    "ValueDecoded": {"get": 1},
    "LifetimeSlid": {"getex": 1},
}
AUTHENTICATE = ("ValueDecoded", "LifetimeSlid")
NOBODY = "dev-sid=" + "x" * 43


@asynccontextmanager
async def started(rung: str, redis: RedisProcess) -> AsyncIterator[SessionStage]:
    prefix = f"stage-{rung}:"
    settings = ServerSettings(
        scheme=rung, redis_url=redis.url, redis_key_prefix=prefix, store_deadline_ms=5000
    )
    scheme: SessionStage = getattr(sessions, rung)(settings)
    await scheme.start()
    try:
        yield scheme
    finally:
        await scheme.delete_keys()
        await scheme.stop()


async def cookie_of(scheme: SessionStage, lifetime_s: int = 600) -> str:
    (credential,) = await scheme.seed([new_claims("user-000001", "user audit", lifetime_s)])
    return credential.headers["Cookie"]


async def accepts(scheme: SessionStage, cookie: str) -> bool:
    try:
        found = await scheme.authenticate(request(("Cookie", cookie)))
    except Unauthenticated:
        return False
    assert found == Identity("user-000001", ("user", "audit"))
    return True


@pytest.mark.parametrize("rung", READS)
def test_a_read_asks_exactly_what_the_card_says(rung: str, redis_server: RedisProcess) -> None:
    async def run() -> None:
        async with started(rung, redis_server) as scheme:
            cookie = await cookie_of(scheme)
            redis_server.reset_commands()
            for _ in range(7):
                assert await accepts(scheme, cookie)
            assert redis_server.commands() == {name: 7 * count for name, count in READS[rung].items()}
            assert scheme.card.store_commands[Operation.READ] == READS[rung]

    asyncio.run(run())


@pytest.mark.parametrize("rung", READS)
def test_what_passes_is_what_the_card_admits(rung: str, redis_server: RedisProcess) -> None:
    async def run() -> None:
        async with started(rung, redis_server) as scheme:
            assert not await accepts(scheme, NOBODY)
            assert await accepts(scheme, await cookie_of(scheme, -60)) is (rung not in AUTHENTICATE)
            cookie = await cookie_of(scheme)
            await scheme.revoke(request(("Cookie", cookie)))
            assert await accepts(scheme, cookie) is (not scheme.card.logout_ends_credential)

    asyncio.run(run())


@pytest.mark.parametrize("rung", READS)
def test_only_the_last_rung_slides_the_lifetime(rung: str, redis_server: RedisProcess) -> None:
    async def run() -> None:
        async with started(rung, redis_server) as scheme:
            cookie = await cookie_of(scheme, 86_400)
            assert await accepts(scheme, cookie)
            (key,) = [
                key for key in redis_server.ask("KEYS", f"stage-{rung}:*") if len(key.split(b":")[-1]) == 64
            ]
            slid = redis_server.ask("TTL", key) <= scheme.settings.session_idle_s
            assert slid is (rung == "LifetimeSlid")

    asyncio.run(run())


@pytest.mark.parametrize("rung", READS)
def test_cards_promise_no_more_than_is_kept(rung: str) -> None:
    path = f"servers.instruments.rungs.sessions:{rung}"
    card = find_scheme(path)(ServerSettings(scheme=path)).card
    real = known_schemes()["session-redis"](ServerSettings(scheme="session-redis")).card
    assert card.authenticates is (rung in AUTHENTICATE)
    assert card.store_commands[Operation.LOGIN] == real.store_commands[Operation.LOGIN]
    everywhere = {**real.store_commands[Operation.LOGOUT_EVERYWHERE], **READS[rung]}
    if rung != "LifetimeSlid":
        everywhere.pop("getex")
    assert card.store_commands[Operation.LOGOUT_EVERYWHERE] == everywhere
    with pytest.raises(Failure, match="unsafe by design"):
        refuse_exposure(ServerSettings(scheme=path, host="0.0.0.0"), card)
