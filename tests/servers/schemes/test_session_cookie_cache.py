import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.requests import Request

from authbench.contracts.failure import Failure
from servers.answers.layers import AddedHeaders
from servers.contract.claims import Claims, new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings
from servers.process.self_report import server_config
from servers.schemes.session_cookie_cache import CookieCacheSessionScheme
from tests.servers.browser import Site, site
from tests.servers.make_request import request
from tests.servers.redis_process import RedisProcess

NAME = "session-cookie-cache"
PREFIX = "cookie-cache:"


@asynccontextmanager
async def opened(redis: RedisProcess, **settings: object) -> AsyncIterator[Site]:
    patient: dict[str, object] = {"store_deadline_ms": 5000, **settings}
    async with site(NAME, redis_url=redis.url, redis_key_prefix=PREFIX, **patient) as found:
        yield found
        await found.scheme.delete_keys()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    return Clock(monkeypatch)


class Clock:
    """What the scheme believes the time to be; the store goes on by its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead_s = 0.0
        monkeypatch.setattr("servers.schemes.session_cookie_cache.time", self)

    def time(self) -> float:
        return time.time() + self.ahead_s


def cookies_of(cookie_header: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in cookie_header.split("; "))
    return {name.removeprefix("dev-"): value for name, _, value in pairs}


def test_a_fresh_snapshot_spares_the_store(redis_server: RedisProcess, clock: Clock) -> None:
    async def visit() -> None:
        async with opened(redis_server) as found, found.browser() as browser:
            await browser.log_in("root")
            redis_server.reset_commands()
            for path in ("/me", "/orders", "/admin/report"):
                answer = await browser.get(path)
                assert answer.status_code == 200
                assert "set-cookie" not in answer.headers
            assert (await browser.order(browser.proof)).status_code == 201
            assert redis_server.commands() == {}

            clock.ahead_s = 61
            old = browser.cookies["dev-snapshot"]
            answer = await browser.get("/me")
            assert answer.json() == {"sub": "root", "scope": ["user", "admin"]}
            (line,) = answer.headers.get_list("set-cookie")
            assert line == f"dev-snapshot={browser.cookies['dev-snapshot']}; Path=/; HttpOnly; SameSite=Lax"
            assert browser.cookies["dev-snapshot"] != old
            assert "set-cookie" not in (await browser.get("/me")).headers
            assert redis_server.commands() == {"getex": 1}

    asyncio.run(visit())


def test_a_client_that_keeps_no_snapshot_asks_the_store(redis_server: RedisProcess, clock: Clock) -> None:
    async def visit() -> None:
        async with opened(redis_server) as found:
            (credential,) = await found.scheme.seed([new_claims("user-000000", "user", 86_400)])
            clock.ahead_s = 61
            redis_server.reset_commands()
            for _ in range(3):
                asked = request(*credential.headers.items())
                assert (await found.scheme.authenticate(asked)).sub == "user-000000"
            assert redis_server.commands() == {"getex": 3}

    asyncio.run(visit())


def test_what_was_copied_is_good_until_it_is_stale(redis_server: RedisProcess, clock: Clock) -> None:
    async def visit() -> None:
        async with (
            opened(redis_server, cookie_cache_s=300) as found,
            found.browser() as browser,
            found.browser() as thief,
        ):
            await browser.log_in()
            thief.replace_cookies(dict(browser.cookies))
            left = await browser.post("/logout", headers=browser.proof)
            assert left.status_code == 204
            assert {cookie.path for cookie in browser.cookies.jar} == {"/login", "/account/password"}
            card = found.scheme.card
            assert (card.logout_ends_credential, card.revocation_window_s) == (False, 300)
            assert (await thief.get("/me")).status_code == 200
            clock.ahead_s = 240  # the store's own time goes on meanwhile
            assert (await thief.get("/me")).status_code == 200
            # What needs the session itself asks for it.
            assert (await thief.get("/sessions")).status_code == 401
            assert (await thief.post("/logout-everywhere", headers=thief.proof)).status_code == 401
            body = {"current_password": "correct horse battery staple", "new_password": "stolen and changed"}
            stolen = await thief.post("/account/password", json=body, headers=thief.proof)
            assert stolen.status_code == 401
            clock.ahead_s = 300
            refused = await thief.get("/me")
            assert refused.status_code == 401
            assert "set-cookie" not in refused.headers

    asyncio.run(visit())


def test_the_window_begins_before_the_store_is_asked(redis_server: RedisProcess, clock: Clock) -> None:
    """What changes while it answers must be in force when the window ends."""

    async def visit() -> None:
        async with opened(redis_server, cookie_cache_s=300) as found, found.browser() as browser:
            await browser.log_in()
            scheme = found.scheme
            assert isinstance(scheme, CookieCacheSessionScheme)
            used = scheme.credential.use

            async def slow(asking: Request) -> Claims:
                answer = await used(asking)
                clock.ahead_s += 5
                return answer

            scheme.credential.use = slow  # type: ignore[method-assign,assignment]
            browser.cookies.delete("dev-snapshot")
            assert (await browser.get("/me")).status_code == 200
            for ahead_s, asked in ((240, {}), (300, {"getex": 1})):
                clock.ahead_s = ahead_s
                redis_server.reset_commands()
                assert (await browser.get("/me")).status_code == 200
                assert redis_server.commands() == asked

    asyncio.run(visit())


def test_a_changed_role_is_in_force_with_the_next_snapshot(redis_server: RedisProcess, clock: Clock) -> None:
    async def visit() -> None:
        async with opened(redis_server) as found, found.browser() as browser:
            await browser.log_in()
            await found.scheme.role_changed("alice", "user admin")
            assert (await browser.get("/admin/report")).status_code == 403
            clock.ahead_s = found.scheme.card.role_change_window_s
            assert (await browser.get("/admin/report")).status_code == 200
            await found.scheme.end_all("alice")
            assert (await browser.get("/me")).status_code == 200
            clock.ahead_s += found.scheme.card.disabled_window_s
            assert (await browser.get("/me")).status_code == 401

    asyncio.run(visit())


def test_no_snapshot_outlives_its_session(redis_server: RedisProcess, clock: Clock) -> None:
    async def check() -> None:
        async with opened(redis_server) as found:
            (credential,) = await found.scheme.seed([new_claims("user-000000", "user", 40)])
            asked = request(*credential.headers.items())
            redis_server.reset_commands()
            clock.ahead_s = 20
            await found.scheme.authenticate(asked)
            assert redis_server.commands() == {}
            clock.ahead_s = 40
            await found.scheme.authenticate(asked)
            assert redis_server.commands() == {"getex": 1}

    asyncio.run(check())


def test_a_snapshot_alone_is_nothing(redis_server: RedisProcess) -> None:
    """It is bound to the id beside it, which must be there, once; everything else goes to the store."""

    async def check() -> None:
        async with opened(redis_server) as found:
            one, other = (
                cookies_of(credential.headers["Cookie"])
                for credential in await found.scheme.seed(
                    [new_claims(f"user-00000{number}", "user", 60) for number in range(2)]
                )
            )
            own = f"dev-snapshot={one['snapshot']}"
            sid = f"dev-sid={one['sid']}"
            stranger = "dev-sid=" + "x" * 43
            for cookies in (
                own,
                f"{stranger}; {own}",
                f"{sid}; dev-sid={other['sid']}; {own}",
                f"dev-sid=; {own}",
            ):
                with pytest.raises(Unauthenticated):
                    await found.scheme.authenticate(request(("Cookie", cookies)))
            redis_server.reset_commands()
            for count, cookies in enumerate(
                (
                    sid,
                    f"{sid}; dev-snapshot=",
                    f"{sid}; dev-snapshot={other['snapshot']}",
                    f"{sid}; {own}; {own}",
                    f"{sid}; {own}x",
                    f"{sid}; dev-snapshot={one['csrf']}",
                ),
                start=1,
            ):
                identity = await found.scheme.authenticate(request(("Cookie", cookies)))
                assert identity.sub == "user-000000"
                assert redis_server.commands() == {"getex": count}

    asyncio.run(check())


def test_a_store_that_is_down_is_noticed_when_it_is_asked(own_redis: RedisProcess, clock: Clock) -> None:
    async def visit() -> None:
        async with (
            site(NAME, redis_url=own_redis.url, store_deadline_ms=1000) as found,
            found.browser() as browser,
        ):
            await browser.log_in()
            own_redis.freeze()
            assert (await browser.get("/me")).status_code == 200
            clock.ahead_s = 61
            assert (await browser.get("/me")).status_code == 503
            own_redis.thaw()

    asyncio.run(visit())


def test_settings_that_fit_no_cookie_do_not_start(redis_server: RedisProcess) -> None:
    async def start() -> None:
        settings = ServerSettings(scheme=NAME, redis_url=redis_server.url, payload_bytes=4000)
        scheme = CookieCacheSessionScheme(settings)
        try:
            await scheme.start()
        finally:
            await scheme.stop()

    with pytest.raises(Failure, match="session-cookie-cache: a cookie of"):
        asyncio.run(start())


def test_the_layer_is_its_own_and_not_reported(redis_server: RedisProcess) -> None:
    async def check() -> None:
        async with opened(redis_server) as found:
            assert found.scheme.layer is AddedHeaders
            assert len(found.app.user_middleware) == 1
            config = uvicorn.Config(found.app)
            config.load()
            assert server_config(found.app, config).middleware == ["ProxyHeadersMiddleware"]
        async with site("session-memory") as other:
            assert other.app.user_middleware == []

    asyncio.run(check())


def test_snapshots_hold_the_whole_session(redis_server: RedisProcess) -> None:
    async def check() -> None:
        async with opened(redis_server, roles=2, payload_bytes=50) as found:
            scheme = found.scheme
            assert isinstance(scheme, CookieCacheSessionScheme)
            claims = new_claims("user-000000", "user", 600, extra=scheme.settings.extra)
            (credential,) = await scheme.seed([claims])
            cookies = cookies_of(credential.headers["Cookie"])
            signed = scheme._snapshots._values.content(cookies["snapshot"].encode(), cookies["sid"].encode())
            until, _, text = signed.partition(b":")
            assert Claims.parse_json(text) == claims
            assert 58 <= int(until) - time.time() <= 60

    asyncio.run(check())
