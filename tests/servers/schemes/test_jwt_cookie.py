import asyncio
import base64
import json

import jwt
import pytest

from authbench.contracts.failure import Failure
from servers.contract.claims import Identity, new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings
from servers.schemes.jwt_cookie import JwtCookieScheme
from servers.schemes.jwt_hs256 import Hs256Tokens
from tests.servers.browser import site
from tests.servers.make_request import request
from tests.servers.schemes.in_process import signed_part

NAME = "jwt-cookie"


async def started(**settings: int) -> JwtCookieScheme:
    scheme = JwtCookieScheme(ServerSettings(scheme=NAME, **settings))
    await scheme.start()
    return scheme


async def token_of(scheme: JwtCookieScheme, lifetime_s: int = 60) -> str:
    (credential,) = await scheme.seed([new_claims("user-000001", "user audit", lifetime_s)])
    return credential.headers["Cookie"].partition(";")[0].removeprefix("dev-sid=")


async def accepts(scheme: JwtCookieScheme, token: str) -> bool:
    try:
        found = await scheme.authenticate(request(("Cookie", f"dev-sid={token}")))
    except Unauthenticated:
        return False
    assert found == Identity("user-000001", ("user", "audit"))
    return True


def test_the_token_is_good_until_it_expires() -> None:
    async def check() -> None:
        scheme = await started()
        token = await token_of(scheme)
        assert await accepts(scheme, token)
        assert jwt.get_unverified_header(token)["alg"] == "HS256"
        assert not await accepts(scheme, await token_of(scheme, 0))
        assert not await accepts(scheme, await token_of(scheme, -60))

    asyncio.run(check())


def test_a_token_that_is_bound_to_a_key_is_refused() -> None:
    async def check() -> None:
        scheme = await started()
        assert not await accepts(
            scheme,
            signed_part(scheme).codec.encode(new_claims("user-000001", "user audit", 60, jkt="x" * 43)),
        )

    asyncio.run(check())


def test_forgeries() -> None:
    async def check() -> None:
        scheme = await started()
        token = await token_of(scheme)
        header, payload, signature = token.split(".")
        none = (
            base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "at+jwt"}).encode())
            .decode()
            .rstrip("=")
        )
        foreign = await token_of(await started())
        for other in (
            "", ".", "..", token + "=", token + "==", f"{header}=.{payload}.{signature}", f"{token}.",
            f"{none}.{payload}.", f"{none}.{payload}.{signature}", f"{header}.{payload}.", foreign,
            f"{header}.{payload}.{foreign.rpartition('.')[2]}", "é" * 20, token[:-4],
        ):  # fmt: skip
            assert not await accepts(scheme, other), other

    asyncio.run(check())


def test_the_header_of_other_schemes_is_not_looked_at() -> None:
    """One way in: a token in Authorization would need no CSRF token."""

    async def check() -> None:
        scheme = await started()
        token = await token_of(scheme)
        with pytest.raises(Unauthenticated, match="A session is needed"):
            await scheme.authenticate(request(("Authorization", f"Bearer {token}")))
        bearer = Hs256Tokens(ServerSettings(scheme="jwt-hs256"))
        await bearer.start()
        with pytest.raises(Unauthenticated):
            await bearer.authenticate(request(("Cookie", f"dev-sid={token}")))

    asyncio.run(check())


def test_a_login_lasts_as_long_as_its_token() -> None:
    async def visit() -> None:
        async with site(NAME, token_lifetime_s=120) as found, found.browser() as browser:
            answer = await browser.log_in()
            assert answer.json() == {"sub": "alice", "expires_in": 120}
            assert "token" not in answer.text
            claims = jwt.decode(browser.cookies["dev-sid"], options={"verify_signature": False})
            assert claims["exp"] - claims["iat"] == 120
            assert found.scheme.card.revocation_window_s == 120
            reply = await browser.post("/refresh", json={"refresh_token": "x"}, headers=browser.proof)
            assert reply.status_code == 404
            assert found.scheme.crypto["algorithm"] == "HS256"

    asyncio.run(visit())


def test_settings_that_fit_no_cookie_do_not_start() -> None:
    with pytest.raises(Failure, match="jwt-cookie: a cookie of"):
        asyncio.run(started(roles=200))
