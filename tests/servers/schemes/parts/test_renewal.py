"""Refresh tokens by themselves. What clients see of each policy: `test_refresh_schemes.py`."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest

from authbench.contracts.card import RefreshPolicy
from servers.contract.claims import FIRST_PARTY, new_claims
from servers.contract.errors import InvalidGrant
from servers.contract.settings import ServerSettings
from servers.keys.keys import Keys
from servers.schemes.parts.renewal import FamilyRenewal
from servers.schemes.parts.revocation import Revocation
from tests.servers.redis_process import RedisProcess
from tests.servers.schemes.in_process import fresh_prefix
from tests.servers.stores.session_stores import run

CLAIMS = new_claims("alice", "user", 600)


class Told(Revocation):
    """Takes down what it is told."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def on_end(self, families: Sequence[str]) -> None:
        self.ended += families


def test_a_login_is_renewed_until_its_refresh_token_comes_twice(redis_server: RedisProcess) -> None:
    settings = ServerSettings(
        scheme="some", redis_url=redis_server.url, redis_key_prefix=fresh_prefix(), store_deadline_ms=5000
    )
    told = Told()
    renewal = FamilyRenewal(settings, RefreshPolicy.STRICT, told)
    renewal.prepare(Keys())

    async def work() -> None:
        async with AsyncExitStack() as ending:
            await renewal.start(ending)
            first = renewal.tokens.first()
            assert await renewal.create(first, CLAIMS, await renewal.mark("alice")) == 0
            assert [login.id for login in await renewal.of_user(CLAIMS)] == [first.family]
            rotation, second = await renewal.rotate(first, FIRST_PARTY, "", None)
            assert (rotation.sub, rotation.scope, second.family) == ("alice", "user", first.family)
            assert told.ended == []
            with pytest.raises(InvalidGrant, match="not the latest"):
                await renewal.rotate(first, FIRST_PARTY, "", None)
            assert told.ended == [first.family]
            with pytest.raises(InvalidGrant):
                await renewal.rotate(second, FIRST_PARTY, "", None)
            (seeded,) = await renewal.begin_many([CLAIMS])
            await renewal.end_all("alice")
            assert told.ended == [first.family, seeded.family]
            assert await renewal.of_user(CLAIMS) == []

    run(work())
