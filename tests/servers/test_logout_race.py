"""A request that has read its session when that is ended: whether it brings it back, as the card says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from servers.contract.claims import Identity
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme, known_schemes
from tests.servers.browser import Browser, Site, site
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import run

SESSIONS = [
    "session-memory",
    "session-redis",
    "session-redis-fixed",
    "session-redis-hash",
    "session-redis-near-cache",
    "session-redis-rewrite",
    "session-redis-rewrite-safe",
    "session-redis-throttled",
    "session-sql",
]
REVIVING = "session-redis-rewrite"


@asynccontextmanager
async def opened(name: str, redis: RedisProcess) -> AsyncIterator[Site]:
    settings: dict[str, Any] = {"redis_url": redis.url, "redis_key_prefix": f"race-{name}:"}
    async with site(name, store_deadline_ms=5000, store_connections_warm=1, **settings) as found:
        yield found
        await found.scheme.delete_keys()


async def while_one_is_in_flight(found: Site, browser: Browser, end: Awaitable[object]) -> httpx.Response:
    """A read that is let in, then waits for `end`, and only then makes its answer."""
    scheme = found.scheme
    authenticate = scheme.authenticate
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def halting(request: Request) -> Identity:
        identity = await authenticate(request)
        reading.set()
        await go_on.wait()
        return identity

    scheme.authenticate = halting  # type: ignore[method-assign]
    in_flight = asyncio.create_task(browser.get("/me"))
    await reading.wait()
    scheme.authenticate = authenticate  # type: ignore[method-assign]
    await end
    go_on.set()
    return await in_flight


async def logout(_: Site, browser: Browser) -> None:
    assert (await browser.post("/logout", headers=browser.proof)).status_code == 204


async def everywhere(_: Site, browser: Browser) -> None:
    assert (await browser.post("/logout-everywhere", headers=browser.proof)).status_code == 204


async def by_handle(_: Site, browser: Browser) -> None:
    (own,) = (await browser.get("/sessions")).json()["sessions"]
    assert (await browser.delete(f"/sessions/{own['id']}", headers=browser.proof)).status_code == 204


async def disabled(found: Site, _: Browser) -> None:
    await found.scheme.end_all("alice")


def test_only_the_scheme_that_says_so_revives_sessions() -> None:
    def card(name: str) -> bool:
        scheme = find_scheme(name)(ServerSettings(scheme=name, redis_url="unix:///anywhere"))
        return scheme.card.revived_by_requests_in_flight

    assert [name for name in known_schemes() if card(name)] == [REVIVING]


@pytest.mark.parametrize("name", SESSIONS)
def test_whatever_ends_a_session(name: str, redis_server: RedisProcess) -> None:
    async def replayed(browser: Browser, stolen: dict[str, str]) -> int:
        browser.replace_cookies(stolen)
        return (await browser.get("/me")).status_code

    async def work() -> None:
        async with opened(name, redis_server) as found:
            revived = found.scheme.card.revived_by_requests_in_flight
            for end in (logout, everywhere, by_handle, disabled):
                async with found.browser() as browser:
                    assert (await browser.log_in()).status_code == 200
                    stolen = dict(browser.cookies)
                    assert (await browser.get("/me")).status_code == 200
                    await end(found, browser)
                    assert await replayed(browser, stolen) == 401, end
                async with found.browser() as browser:
                    assert (await browser.log_in()).status_code == 200
                    stolen = dict(browser.cookies)
                    answer = await while_one_is_in_flight(found, browser, end(found, browser))
                    assert answer.status_code == 200
                    assert await replayed(browser, stolen) == (200 if revived else 401), end
                    await browser.post("/logout", headers=browser.proof)

    run(work())


@pytest.mark.parametrize("name", SESSIONS)
def test_a_role_that_is_taken_away_meanwhile(name: str, redis_server: RedisProcess) -> None:
    async def work() -> None:
        async with opened(name, redis_server) as found, found.browser() as browser:
            assert (await browser.log_in("root")).status_code == 200
            answer = await while_one_is_in_flight(found, browser, found.scheme.role_changed("root", "user"))
            assert answer.status_code == 200
            after = (await browser.get("/admin/report")).status_code
            if found.scheme.card.role_change_window_s == 0:
                assert after in (401, 403)
            else:
                assert (name, after) in ((REVIVING, 200), ("session-redis-near-cache", 403))

    run(work())
