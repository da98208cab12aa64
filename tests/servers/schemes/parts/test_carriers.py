"""What every scheme with a cookie does against requests that a browser sends on another site's behalf."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from servers.contract.claims import Identity, new_claims
from servers.contract.errors import Forbidden, Unauthenticated
from servers.contract.scheme import Offer
from servers.contract.settings import ServerSettings
from servers.database.accounts import DEMO_PASSWORD
from servers.discovery import find_scheme, known_schemes
from servers.schemes.parts.carriers import CookieCarrier
from servers.schemes.parts.composed import ComposedScheme
from tests.servers.browser import ORIGIN, Site, site
from tests.servers.make_request import request
from tests.servers.redis_process import RedisProcess

SCHEMES = ["session-memory", "session-signed-cookie", "session-cookie-cache", "jwt-cookie"]
OWN = (("Host", "bench.example"), ("Origin", ORIGIN))


@asynccontextmanager
async def opened(name: str, redis: RedisProcess, **settings: object) -> AsyncIterator[Site]:
    async with site(name, redis_url=redis.url, redis_key_prefix=f"cookies-{name}:", **settings) as found:
        yield found
        await found.scheme.delete_keys()


def test_every_cookie_scheme_is_one() -> None:
    for name in known_schemes():
        scheme = find_scheme(name)(ServerSettings(scheme=name, redis_url="unix:///anywhere"))
        is_one = isinstance(scheme, ComposedScheme) and isinstance(scheme.carrier, CookieCarrier)
        assert is_one is (scheme.card.carrier == "cookie") is (scheme.card.client == "csrf-token")
        assert is_one is (Offer.CSRF_TOKEN in scheme.offers), name


def for_every_path(answer: httpx.Response) -> list[str]:
    """The Set-Cookie lines but for the device's, which only /login sees."""
    return [line for line in answer.headers.get_list("set-cookie") if "; Path=/;" in line]


@pytest.mark.parametrize("name", SCHEMES)
def test_from_the_first_visit_to_the_logout(name: str, redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with opened(name, redis_server) as found, found.browser() as browser:
            asked = await browser.get("/csrf")
            anonymous = browser.token
            assert asked.json() == {"csrf_token": anonymous}
            assert asked.headers["cache-control"] == "no-store"
            assert asked.headers["set-cookie"] == f"dev-csrf={anonymous}; Path=/; SameSite=Strict"
            answer = await browser.sign_in(anonymous)
            assert answer.status_code == 200
            lines = for_every_path(answer)
            # The credential first, the CSRF token last: no script reads anything but that.
            assert lines[0].startswith("dev-sid=")
            assert lines[-1] == f"dev-csrf={browser.token}; Path=/; SameSite=Strict"
            assert all("HttpOnly; SameSite=Lax" in line for line in lines[:-1])
            assert browser.token != anonymous
            assert (await browser.get("/me")).json()["sub"] == "alice"
            assert (await browser.order({"X-CSRF-Token": anonymous})).status_code == 403
            assert (await browser.order()).status_code == 403
            assert (await browser.order(browser.proof)).status_code == 201
            await browser.get("/csrf")
            assert (await browser.order(browser.proof)).status_code == 201
            assert (await browser.post("/logout")).status_code == 403
            left = await browser.post("/logout", headers=browser.proof)
            assert left.status_code == 204
            assert len(left.headers.get_list("set-cookie")) == len(lines)
            assert all("=; Max-Age=0; " in line for line in left.headers.get_list("set-cookie"))
            assert {cookie.path for cookie in browser.cookies.jar} == {"/login", "/account/password"}
            assert (await browser.get("/me")).status_code == 401
            assert (await browser.order()).status_code == 401

    asyncio.run(visit())


@pytest.mark.parametrize("name", SCHEMES)
def test_nobody_is_logged_in_by_another_site(name: str, redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with opened(name, redis_server) as found, found.browser() as browser:
            assert (await browser.sign_in("")).status_code == 403
            await browser.get("/csrf")
            for token in ("", "x", browser.token[:-1], browser.token + "x"):
                refused = await browser.sign_in(token)
                assert refused.status_code == 403
                assert refused.headers["content-type"] == "application/problem+json"
                assert "set-cookie" not in refused.headers
            async with found.browser("http://evil.example") as evil:
                # With a good token, as a sibling host that tosses one of its own would have.
                sent = {
                    "Origin": "http://evil.example",
                    "Host": "bench.example",
                    "X-CSRF-Token": browser.token,
                }
                sent["Cookie"] = f"dev-csrf={browser.token}"
                body = {"username": "alice", "password": DEMO_PASSWORD}
                assert (await evil.post("/login", json=body, headers=sent)).status_code == 403
            assert (await browser.sign_in(browser.token)).status_code == 200

    asyncio.run(visit())


@pytest.mark.parametrize("name", SCHEMES)
def test_tokens_of_others_are_worth_nothing(name: str, redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with opened(name, redis_server) as found, found.browser() as one, found.browser() as other:
            await one.log_in()
            own_jar = dict(one.cookies)
            for username in ("alice", "root"):
                await other.log_in(username)
                one.replace_cookies({**own_jar, "dev-csrf": other.token})
                refused = await one.order(other.proof)
                assert refused.status_code == 403
                assert "not the one of this session: GET /csrf" in refused.json()["detail"]
            one.replace_cookies(own_jar)
            assert (await one.order(one.proof)).status_code == 201

    asyncio.run(visit())


@pytest.mark.parametrize("name", SCHEMES)
def test_a_login_over_an_old_session_needs_its_token(name: str, redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with opened(name, redis_server) as found, found.browser() as browser, found.browser() as nobody:
            await nobody.get("/csrf")
            await browser.log_in()
            jar = dict(browser.cookies)
            browser.replace_cookies({**jar, "dev-csrf": nobody.token})
            assert (await browser.sign_in(nobody.token)).status_code == 403
            browser.replace_cookies(jar)
            assert (await browser.sign_in(browser.token, "root")).status_code == 200
            assert (await browser.get("/me")).json()["sub"] == "root"

    asyncio.run(visit())


@pytest.mark.parametrize("name", SCHEMES)
def test_what_a_seeded_client_sends(name: str, redis_server: RedisProcess) -> None:
    async def check() -> None:
        async with opened(name, redis_server) as found:
            scheme = found.scheme
            good, foreign, gone = await scheme.seed(
                [
                    new_claims(f"user-00000{n}", "user", lifetime_s)
                    for n, lifetime_s in enumerate((60, 60, -5))
                ]
            )
            cookies = good.headers["Cookie"]
            token = cookies.rpartition("dev-csrf=")[2]
            assert cookies.startswith("dev-sid=")
            own = ("X-CSRF-Token", token)
            scheme.check_state_change(request(*OWN, ("Cookie", cookies), own, method="POST"))
            found_one = await scheme.authenticate(request(("Cookie", cookies)))
            assert found_one == Identity("user-000000", ("user",))
            with pytest.raises(Unauthenticated):
                await scheme.authenticate(request(("Cookie", gone.headers["Cookie"])))

            foreign_token = foreign.headers["Cookie"].rpartition("dev-csrf=")[2]
            foreign_id = foreign.headers["Cookie"].partition(";")[0]
            session = cookies.partition(";")[0]
            for sent in [
                [("Cookie", cookies)],
                [("Cookie", session), own],
                [("Cookie", cookies), ("X-CSRF-Token", "")],
                [("Cookie", cookies), ("X-CSRF-Token", foreign_token)],
                [("Cookie", cookies), own, own],
                [("Cookie", f"{session}; dev-csrf={foreign_token}"), ("X-CSRF-Token", foreign_token)],
                # Cookie tossing: a second CSRF cookie, before or after the own one; or a second session.
                [("Cookie", f"dev-csrf={foreign_token}; {cookies}"), own],
                [("Cookie", f"{cookies}; dev-csrf={foreign_token}"), ("X-CSRF-Token", foreign_token)],
                [("Cookie", f"{cookies}; dev-csrf={token}"), own],
                [("Cookie", cookies), ("Cookie", f"dev-csrf={token}"), own],
                [("Cookie", f"{cookies}; {foreign_id}"), own],
                [("Cookie", f"{foreign_id}; {cookies}"), ("X-CSRF-Token", token)],
                [("Cookie", f"{foreign_id}; dev-csrf={token}"), own],
            ]:
                with pytest.raises(Forbidden) as refused:
                    scheme.check_state_change(request(*OWN, *sent, method="POST"))
                assert token not in refused.value.reason
            evil = request(OWN[0], ("Origin", "http://evil.example"), ("Cookie", cookies), own)
            with pytest.raises(Forbidden, match="another origin"):
                scheme.check_state_change(evil)
            with pytest.raises(Forbidden, match="More than one session"):
                await scheme.csrf_token(request(("Cookie", f"{cookies}; {foreign_id}")))

    asyncio.run(check())


@pytest.mark.parametrize("name", SCHEMES)
def test_names_and_attributes_behind_tls(name: str, redis_server: RedisProcess) -> None:
    async def visit() -> None:
        origin = "https://bench.example"
        async with (
            opened(name, redis_server, public_origin=origin) as found,
            found.browser(origin) as browser,
        ):
            answer = await browser.log_in()
            for line in for_every_path(answer):
                assert line.startswith("__Host-")
                assert "; Path=/; " in line
                assert line.endswith("; Secure")
                assert "Domain" not in line
            assert {"__Host-Http-sid", "__Host-csrf"} <= set(browser.cookies)
            assert (await browser.order(browser.proof)).status_code == 201

    asyncio.run(visit())


@pytest.mark.parametrize("name", SCHEMES)
def test_processes_with_one_secret_know_each_others_tokens(
    name: str, redis_server: RedisProcess, tmp_path: Path
) -> None:
    async def check() -> None:
        same = {"keys_directory": str(tmp_path / "keys")}
        async with (
            opened(name, redis_server, **same) as one,
            opened(name, redis_server, **same) as other,
            opened(name, redis_server) as stranger,
        ):
            (made,) = await one.scheme.seed([new_claims("user-000000", "user", 60)])
            cookies = made.headers["Cookie"]
            token = ("X-CSRF-Token", cookies.rpartition("dev-csrf=")[2])
            asked = request(*OWN, ("Cookie", cookies), token, method="POST")
            other.scheme.check_state_change(asked)
            with pytest.raises(Forbidden):
                stranger.scheme.check_state_change(asked)
            if one.scheme.card.store != "memory":
                assert (await other.scheme.authenticate(asked)).sub == "user-000000"
            if one.scheme.card.store == "none":
                with pytest.raises(Unauthenticated):
                    await stranger.scheme.authenticate(asked)

    asyncio.run(check())
