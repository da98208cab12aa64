"""What each shape of session asks its store: at first, and with a session this process has just seen."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from authbench.contracts.card import Operation
from authbench.contracts.failure import Failure
from servers.contract.claims import new_claims
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme
from tests.servers.browser import Browser, Site, site
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import run

REDIS = [
    "session-redis",
    "session-redis-fixed",
    "session-redis-hash",
    "session-redis-rewrite",
    "session-redis-rewrite-safe",
    "session-redis-throttled",
]
SHAPES = [*REDIS, "session-sql"]
RESOURCES = {
    Operation.PUBLIC: "/public",
    Operation.READ: "/me",
    Operation.LIST_ORDERS: "/orders",
    Operation.ADMIN_REPORT: "/admin/report",
    Operation.ADD_ORDER: "/orders",
}


@asynccontextmanager
async def opened(name: str, redis: RedisProcess, **settings: Any) -> AsyncIterator[Site]:
    settings = {"store_deadline_ms": 5000, "store_connections_warm": 1} | settings
    async with site(name, redis_url=redis.url, redis_key_prefix=f"shape-{name}:", **settings) as found:
        yield found
        await found.scheme.delete_keys()


def send(browser: Browser, operation: Operation) -> Awaitable[httpx.Response]:
    if operation is Operation.ADD_ORDER:
        return browser.order(browser.proof)
    return browser.get(RESOURCES[operation])


async def asked(found: Site, redis: RedisProcess, work: Awaitable[httpx.Response]) -> dict[str, int]:
    """What the scheme's store was asked meanwhile; the answer must be a good one."""
    if found.scheme.card.store == "sql":
        before = found.scheme.store_statements
        assert (await work).is_success
        after = found.scheme.store_statements
        return {word: more for word in after if (more := after[word] - before.get(word, 0))}
    redis.reset_commands()
    assert (await work).is_success
    # Left out of the others because tests ask it, too.
    exists = redis.ask("INFO", "commandstats").get("cmdstat_exists")
    return redis.commands() | ({"exists": exists["calls"]} if exists else {})


@pytest.mark.parametrize("name", SHAPES)
def test_exactly_what_the_card_says(name: str, redis_server: RedisProcess) -> None:
    async def work() -> None:
        async with opened(name, redis_server) as found, found.browser() as browser:
            first = found.scheme.card.store_commands
            again = {**first, **found.scheme.card.repeated_commands}
            assert set(first) == {*RESOURCES, Operation.LOGIN, Operation.LOGOUT, Operation.LOGOUT_EVERYWHERE}
            for operation in RESOURCES:
                browser.cookies.clear()
                await browser.log_in("root")
                for expected in (first, again):
                    counted = await asked(found, redis_server, send(browser, operation))
                    assert counted == expected[operation], operation
            browser.cookies.clear()
            assert await asked(found, redis_server, browser.log_in()) == first[Operation.LOGIN]
            logout = browser.post("/logout", headers=browser.proof)
            assert await asked(found, redis_server, logout) == first[Operation.LOGOUT]
            for expected in (first, again):
                await browser.log_in()
                if expected is again:
                    await browser.get("/me")
                everywhere = browser.post("/logout-everywhere", headers=browser.proof)
                counted = await asked(found, redis_server, everywhere)
                assert counted == expected[Operation.LOGOUT_EVERYWHERE]

    run(work())


@pytest.mark.parametrize("name", SHAPES)
def test_a_password_change_ends_the_other_sessions(name: str, redis_server: RedisProcess) -> None:
    async def work() -> None:
        async with opened(name, redis_server) as found, found.browser() as own, found.browser() as other:
            await own.log_in()
            await other.log_in()
            body = {"current_password": "correct horse battery staple", "new_password": "another passphrase"}
            before = dict(own.cookies)
            changed = await own.post("/account/password", json=body, headers=own.proof)
            assert changed.status_code == 204
            assert (await own.get("/me")).status_code == 200
            # ASVS 5.0 7.2.4: under another id, with a CSRF token of its own.
            assert (await own.order(own.proof)).status_code == 201
            kept = {name for name, value in before.items() if own.cookies.get(name) == value}
            assert kept == {"dev-device-login", "dev-device-account"}
            own.replace_cookies(before)
            assert (await own.get("/me")).status_code == 401
            assert (await other.get("/me")).status_code == 401

    run(work())


@pytest.mark.parametrize("name", SHAPES)
def test_seeded_sessions_and_expired_ones(name: str, redis_server: RedisProcess) -> None:
    async def work() -> None:
        async with opened(name, redis_server) as found, found.browser() as browser:
            claims = [new_claims("alice", "user", lifetime_s) for lifetime_s in (600, -5)]
            good, expired = await found.scheme.seed(claims)
            assert (await browser.get("/me", headers=good.headers)).json()["sub"] == "alice"
            assert (await browser.get("/me", headers=expired.headers)).status_code == 401
            assert (await browser.get("/me", headers=expired.headers)).status_code == 401

    run(work())


@pytest.mark.parametrize("name", REDIS)
def test_a_redis_that_is_gone_lets_nobody_in(name: str, own_redis: RedisProcess) -> None:
    async def work() -> None:
        own = {"redis_url": own_redis.url, "store_connections_warm": 1}
        async with site(name, **own) as found, found.browser() as browser:
            await browser.log_in()
            own_redis.kill()
            answer = await browser.get("/me")
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert found.scheme.store_failures >= 1

    run(work())


@pytest.mark.parametrize("name", REDIS)
def test_no_redis_is_told_in_one_line(name: str) -> None:
    scheme = find_scheme(name)(ServerSettings(scheme=name))

    async def start() -> None:
        with pytest.raises(Failure, match=f"{name} needs a Redis"):
            await scheme.start()

    run(start())


def test_processes_do_not_keep_tables_of_their_own() -> None:
    settings = ServerSettings(scheme="session-sql", workers=2, database_url="sqlite+aiosqlite:///x")
    with pytest.raises(Failure, match="session_database_url"):
        find_scheme("session-sql")(settings).prepare()


def test_no_session_in_use_ends_as_idle() -> None:
    """However the two settings are chosen: a use is written down at least twice in an idle period."""
    assert ServerSettings(scheme="x").touch_after_s == 60
    assert ServerSettings(scheme="x", session_idle_s=10).touch_after_s == 5
    assert ServerSettings(scheme="x", session_touch_s=1).touch_after_s == 1
