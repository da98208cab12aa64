"""The control of `revoke` for a resurrection: somebody is refused first, so that a probe can see it."""

import asyncio

import pytest

from servers.vulnerable.ends import revocation
from servers.vulnerable.vulnerable import ATTACKED
from tests.servers.endings.world import world
from tests.servers.redis_process import RedisProcess


def test_a_session_that_was_ended_is_gone_and_then_comes_back(
    redis_server: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ATTACKED, "yes")
    monkeypatch.setattr(revocation, "_WRITTEN_BACK_S", 2.0)  # the first two requests take less

    async def work() -> None:
        scheme = "servers.vulnerable.ends.revocation:VulnerableRevival"
        async with world(scheme, redis_server, users=1) as here:
            login = await here.logged_in("user-0")
            assert (await here.act("GET", "/me", login)).status == 200
            assert (await here.act("POST", "/logout", login)).fine
            statuses = [(await here.act("GET", "/me", login)).status]
            while statuses[-1] == 401 and len(statuses) < 300:
                await asyncio.sleep(0.1)
                statuses.append((await here.act("GET", "/me", login)).status)
            assert (statuses[0], statuses[-1]) == (401, 200)

    asyncio.run(work())
