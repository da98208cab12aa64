import asyncio
import json

import pytest

from authbench.contracts.card import Operation
from authbench.contracts.failure import Failure
from servers.contract.claims import Claims, Identity, new_claims
from servers.contract.errors import Forbidden, Unauthenticated
from servers.contract.scheme import Account
from servers.contract.settings import ServerSettings
from servers.credentials.cookies.cookies import MAX_BYTES
from servers.keys.signed_values import SignedValues
from servers.schemes.session_signed_cookie import SignedCookieSessionScheme
from tests.servers.browser import site
from tests.servers.make_request import request
from tests.servers.schemes.in_process import signed_part

NAME = "session-signed-cookie"


async def started(**settings: int) -> SignedCookieSessionScheme:
    scheme = SignedCookieSessionScheme(ServerSettings(scheme=NAME, **settings))
    await scheme.start()
    return scheme


async def cookie_of(scheme: SignedCookieSessionScheme, lifetime_s: int = 60) -> str:
    (credential,) = await scheme.seed([new_claims("user-000001", "user audit", lifetime_s)])
    return credential.headers["Cookie"].partition(";")[0].removeprefix("dev-sid=")


async def accepts(scheme: SignedCookieSessionScheme, value: str) -> bool:
    try:
        found = await scheme.authenticate(request(("Cookie", f"dev-sid={value}")))
    except Unauthenticated:
        return False
    assert found == Identity("user-000001", ("user", "audit"))
    return True


def test_the_cookie_says_everything_until_it_expires() -> None:
    async def check() -> None:
        scheme = await started()
        assert await accepts(scheme, await cookie_of(scheme))
        for lifetime_s in (0, -1, -86_400):
            assert not await accepts(scheme, await cookie_of(scheme, lifetime_s))

    asyncio.run(check())


def test_forgeries() -> None:
    async def check() -> None:
        scheme = await started()
        good = await cookie_of(scheme)
        text, _, mac = good.partition(".")
        claims = new_claims("root", "user admin", 60)
        elsewhere = SignedValues(b"k" * 32).sign(claims.as_json().encode())
        other_text = elsewhere.partition(".")[0]
        for value in (
            "",
            ".",
            good + "=",
            good[:-1],
            f"{other_text}.{mac}",
            elsewhere,
            text,
            f"{text}.",
            mac,
        ):
            assert not await accepts(scheme, value), value
        assert not await accepts(scheme, good[:20] + ("A" if good[20] != "A" else "B") + good[21:])

    asyncio.run(check())


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 1000, b'{"sub":"a"}', json.dumps({"exp": "soon"}).encode()],
)
def test_what_is_signed_and_no_session_is_refused(content: bytes) -> None:
    async def check() -> None:
        scheme = await started()
        assert not await accepts(scheme, SignedValues(*scheme.keys.derived("signed cookie")).sign(content))

    asyncio.run(check())


def test_a_key_serves_one_purpose() -> None:
    """A CSRF token and a session are both HMACs of the same secret: neither passes for the other."""

    async def check() -> None:
        scheme = await started()
        token = (await scheme.csrf_token(request())).body["csrf_token"]
        assert not await accepts(scheme, token)

    asyncio.run(check())


def test_a_logout_ends_no_copy() -> None:
    async def visit() -> None:
        async with site(NAME) as found, found.browser() as browser, found.browser() as thief:
            answer = await browser.log_in()
            assert answer.json() == {"sub": "alice", "expires_in": 43200}
            thief.replace_cookies(dict(browser.cookies))
            assert (await browser.post("/logout", headers=browser.proof)).status_code == 204
            assert (await browser.get("/me")).status_code == 401
            # The card says so.
            assert not found.scheme.card.logout_ends_credential
            assert (await thief.get("/me")).json()["sub"] == "alice"
            for path in ("/logout-everywhere", "/refresh"):
                reply = await thief.post(path, headers=thief.proof)
                assert reply.status_code == 404
            assert (await thief.get("/sessions")).status_code == 404

    asyncio.run(visit())


def test_settings_that_fit_no_cookie_do_not_start() -> None:
    async def check() -> None:
        with pytest.raises(Failure, match=f"browsers keep {MAX_BYTES}"):
            await started(payload_bytes=4000)
        with pytest.raises(Failure, match="fewer roles"):
            await started(roles=200)

    asyncio.run(check())


def test_an_account_that_fits_no_cookie_cannot_log_in() -> None:
    async def check() -> None:
        scheme = await started(payload_bytes=2300)
        wide = Account("alice", "", " ".join(f"scope-{number}" for number in range(90)))
        with pytest.raises(Forbidden, match="does not fit"):
            await scheme.issue(wide, request(), None)
        issued = await scheme.issue(Account("alice", "", "user"), request(), None)
        cookie = issued.headers[0][1].partition(";")[0]
        assert 3000 < len(cookie) <= MAX_BYTES
        assert (await scheme.authenticate(request(("Cookie", cookie)))).sub == "alice"

    asyncio.run(check())


def test_roles_and_payload_travel() -> None:
    async def check() -> None:
        scheme = await started(payload_bytes=100, roles=2)
        issued = await scheme.issue(Account("alice", "", "user"), request(), None)
        value = issued.headers[0][1].partition(";")[0].partition("=")[2]
        claims: Claims = signed_part(scheme).codec.decode(value)
        assert (len(claims.payload), len(claims.roles)) == (100, 2)
        assert claims.exp - claims.iat == 43200

    asyncio.run(check())


def test_the_card() -> None:
    settings = ServerSettings(scheme=NAME, session_absolute_s=600)
    card = SignedCookieSessionScheme(settings).card
    assert (card.revocation_window_s, card.role_change_window_s, card.disabled_window_s) == (600, 600, 600)
    assert not any(card.store_commands.values())
    assert card.crypto_operations[Operation.READ] == {"HMAC-SHA-256": 1}
    # The token that came, the session, and the token that goes with it.
    assert card.crypto_operations[Operation.LOGIN] == {"HMAC-SHA-256": 3}
    assert card.crypto_operations[Operation.ADD_ORDER] == {"HMAC-SHA-256": 2}
