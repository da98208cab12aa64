"""The authorization endpoint in a real Chromium, over HTTP and over TLS: every page a user can come to.

A scripted client sends whatever headers it likes; a browser sends what the pages before told it to.
"""

import base64
import hashlib
import html
import sqlite3
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, Response

from authbench.system.certificate import make_certificate
from servers.authorization_server.pages import HEADERS
from servers.contract.claims import ISSUER
from servers.database.accounts import DEMO_PASSWORD
from tests.chromium import chromium
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

VERIFIER = "a-verifier-of-forty-three-characters-at-least"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
STATE = "\"><b>&amp; é ✓ 100% +%2B 'x' \\ \u2028 "
"""Comes back as it went, through a query, an attribute, a form and a query again."""


class Callback(ThreadingHTTPServer):
    """The client's own server, on a port of its own; /attack is a page of somebody else's."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Callback)
        self.attack = ""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/callback"


class _Callback(BaseHTTPRequestHandler):
    server: Callback

    def do_GET(self) -> None:
        page = (
            self.server.attack if self.path == "/attack" else f"<p id=referer>{self.headers['referer']}</p>"
        )
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: object) -> None:
        pass


class Issuer(NamedTuple):
    server: ServerProcess
    redis: RedisProcess
    database: Path
    trust: ssl.SSLContext

    def send(self, path: str, **sent: str) -> httpx.Response:
        return httpx.post(f"{self.server.origin}{path}", data=sent, verify=self.trust)

    def me(self, token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.get(f"{self.server.origin}/me", headers=headers, verify=self.trust)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("the authorization endpoint cannot be shown here") as opened:
        yield opened


@pytest.fixture(scope="module", params=["http", "https"])
def issuer(request: pytest.FixtureRequest) -> Iterator[Issuer]:
    with TemporaryDirectory(prefix="oauth-") as name:
        folder = Path(name)
        certificate = make_certificate(folder)
        tls = {
            "tls_certificate_file": str(certificate.certificate),
            "tls_key_file": str(certificate.key),
        }
        redis = RedisProcess(folder)
        server = ServerProcess(
            folder,
            scheme="jwt-rs256",
            oauth=True,
            redis_url=redis.url,
            store_deadline_ms=1000,
            database_url=f"sqlite+aiosqlite:///{folder}/accounts.db",
            **(tls if request.param == "https" else {}),
        )
        trust = ssl.create_default_context(cafile=str(certificate.authority))
        yield Issuer(server, redis, folder / "accounts.db", trust)
        server.stop()
        redis.kill()


@pytest.fixture(scope="module")
def callback() -> Iterator[Callback]:
    server = Callback()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(ignore_https_errors=True)
    yield context.new_page()
    context.close()


def address(issuer: Issuer, callback: Callback, **changes: str | None) -> str:
    asked = {
        "response_type": "code",
        "client_id": "demo-app",
        "redirect_uri": callback.uri,
        "scope": "user",
        "state": STATE,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return f"{issuer.server.origin}/oauth/authorize?{query}"


def visit(page: Page, url: str) -> Response:
    response = page.goto(url)
    assert response is not None
    return response


def press(page: Page, username: str = "alice", password: str = DEMO_PASSWORD) -> Response:
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    with page.expect_navigation() as navigation:
        page.get_by_role("button", name="Log in and allow").click()
    return navigation.value


def arrived(page: Page, callback: Callback) -> dict[str, str]:
    """What the client is told; nothing of it by Referer."""
    assert page.url.startswith(callback.uri + "?")
    assert page.inner_text("#referer") == "None"
    return {name: value for name, (value,) in parse_qs(urlsplit(page.url).query).items()}


def assert_page(response: Response, status: int) -> None:
    """A page for people, that nobody frames or keeps, wherever in the flow it is."""
    assert response.status == status
    headers = response.headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert {name: headers.get(name) for name in HEADERS} == HEADERS


def test_allowed_the_code_comes_back_and_is_worth_a_token(
    issuer: Issuer, page: Page, callback: Callback
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    assert_page(visit(page, address(issuer, callback)), 200)
    press(page)
    told = arrived(page, callback)
    assert (told["state"], told["iss"]) == (STATE, ISSUER)
    exchange = {
        "grant_type": "authorization_code",
        "client_id": "demo-app",
        "code": told["code"],
        "code_verifier": VERIFIER,
    }
    tokens = issuer.send("/oauth/token", **exchange, redirect_uri=callback.uri).json()
    answer = issuer.me(tokens["access_token"])
    assert (answer.status_code, answer.json()["sub"]) == (200, "alice")
    assert said == []


def test_denied_the_client_is_told_so(issuer: Issuer, page: Page, callback: Callback) -> None:
    visit(page, address(issuer, callback))
    with page.expect_navigation():
        page.get_by_role("button", name="Deny").click()
    told = arrived(page, callback)
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", STATE, ISSUER)
    assert "code" not in told


def test_return_in_a_field_is_allow_and_needs_both(issuer: Issuer, page: Page, callback: Callback) -> None:
    visit(page, address(issuer, callback))
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Username").press("Enter")
    assert page.url.startswith(issuer.server.origin)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    with page.expect_navigation():
        page.get_by_label("Password").press("Enter")
    assert "code" in arrived(page, callback)


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("alice", "wrong"),
        ("nobody", DEMO_PASSWORD),
        ("a\x00lice", DEMO_PASSWORD),
    ],
)
def test_after_a_mistake_the_form_is_there_again(
    issuer: Issuer, page: Page, callback: Callback, username: str, password: str
) -> None:
    visit(page, address(issuer, callback))
    assert_page(press(page, username=username, password=password), 401)
    assert page.get_by_role("alert").inner_text() == "Wrong username or password."
    press(page)
    assert arrived(page, callback)["state"] == STATE


def test_who_guesses_is_told_how_long_to_wait(issuer: Issuer, page: Page, callback: Callback) -> None:
    issuer.server.ask("account", username="mallory", password=DEMO_PASSWORD, scope="user")
    visit(page, address(issuer, callback))
    for _ in range(30):
        answer = press(page, username="mallory", password="wrong")
        if answer.status != 401:
            break
    assert_page(answer, 429)
    assert int(answer.headers["retry-after"]) > 0
    assert "Too many attempts: wait" in page.get_by_role("alert").inner_text()
    press(page)  # somebody else is not kept waiting
    assert "code" in arrived(page, callback)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": "nobody"}, "The client is not known."),
        ({"client_id": None}, "The client is not known."),
        ({"redirect_uri": "https://evil.test/callback"}, "The redirect_uri is not one of this client's."),
        ({"redirect_uri": "javascript:alert(1)"}, "The redirect_uri is not one of this client's."),
        ({"redirect_uri": None}, "The redirect_uri is not one of this client's."),
    ],
)
def test_a_wrong_client_or_address_is_told_to_the_user(
    issuer: Issuer, page: Page, callback: Callback, changes: dict[str, str | None], words: str
) -> None:
    assert_page(visit(page, address(issuer, callback, **changes)), 400)
    assert words in page.inner_text("body")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "user everything"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
    ],
)
def test_everything_else_is_told_to_the_client(
    issuer: Issuer, page: Page, callback: Callback, changes: dict[str, str | None], error: str
) -> None:
    visit(page, address(issuer, callback, **changes))
    told = arrived(page, callback)
    assert (told["error"], told["state"]) == (error, STATE)


def test_who_has_nothing_of_what_is_asked_for_gives_nothing(
    issuer: Issuer, page: Page, callback: Callback
) -> None:
    visit(page, address(issuer, callback, scope="admin"))
    press(page)
    assert arrived(page, callback)["error"] == "access_denied"


@pytest.mark.parametrize(
    ("host", "head"),
    [
        ("127.0.0.1", ""),
        ("localhost", ""),
        # The browser then writes `Origin: null`.
        ("127.0.0.1", '<meta name="referrer" content="no-referrer">'),
    ],
)
def test_a_form_on_another_page_is_refused(
    issuer: Issuer, page: Page, callback: Callback, host: str, head: str
) -> None:
    fields = dict(parse_qs(urlsplit(address(issuer, callback)).query))
    filled = {name: value for name, (value,) in fields.items()}
    filled |= {"username": "alice", "password": DEMO_PASSWORD, "decision": "allow"}
    inputs = "".join(f'<input name="{name}" value="{html.escape(value)}">' for name, value in filled.items())
    target = f"{issuer.server.origin}/oauth/authorize"
    callback.attack = f'{head}<form method="post" action="{target}">{inputs}<button>Win</button></form>'
    visit(page, f"http://{host}:{callback.server_port}/attack")
    with page.expect_navigation() as navigation:
        page.get_by_role("button").click()
    assert_page(navigation.value, 403)
    assert "another site" in page.inner_text("body")


def test_what_was_changed_on_the_way_is_refused(issuer: Issuer, page: Page, callback: Callback) -> None:
    visit(page, address(issuer, callback))
    page.evaluate("document.forms[0].append(document.forms[0].elements[0].cloneNode())")
    assert_page(press(page), 400)
    assert "A parameter comes twice." in page.inner_text("body")


@pytest.mark.parametrize("encoding", ["multipart/form-data", "text/plain"])
def test_another_encoding_of_the_form_is_refused(
    issuer: Issuer, page: Page, callback: Callback, encoding: str
) -> None:
    visit(page, address(issuer, callback))
    page.evaluate("encoding => { document.forms[0].enctype = encoding }", encoding)
    assert_page(press(page), 400)
    assert "The body must be application/x-www-form-urlencoded." in page.inner_text("body")


def test_what_is_too_long_is_neither_cut_off_nor_sent(issuer: Issuer, page: Page, callback: Callback) -> None:
    shown = address(issuer, callback)
    visit(page, shown)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_label("Username").fill("alice")
    for length, too_long in ((257, True), (20_000, True), (256, False)):
        field = page.get_by_label("Password")
        field.fill("x" * length)
        assert len(field.input_value()) == length
        assert field.evaluate("field => field.validity.patternMismatch") == too_long
        if too_long:
            page.get_by_role("button", name="Log in and allow").click()
    assert (page.url, sent) == (shown, [])
    # The longest name and password there can be, beside the longest state that is taken.
    assert_page(visit(page, address(issuer, callback, state="'" * 3800)), 200)
    assert_page(press(page, username="\U0001f600" * 64, password="\U0001f600" * 256), 401)
    visit(page, address(issuer, callback, state="'" * 4200))
    assert arrived(page, callback)["error_description"] == "The request is too long."


def test_without_the_store_the_form_is_there_again(issuer: Issuer, page: Page, callback: Callback) -> None:
    issuer.redis.freeze()
    try:
        assert_page(visit(page, address(issuer, callback)), 200)
        assert_unavailable(page, press(page))
    finally:
        issuer.redis.thaw()
    press(page)
    assert "code" in arrived(page, callback)


def test_without_the_database_the_form_is_there_again(issuer: Issuer, page: Page, callback: Callback) -> None:
    visit(page, address(issuer, callback))
    database = sqlite3.connect(issuer.database, isolation_level=None)
    database.execute("ALTER TABLE accounts RENAME TO gone")
    try:
        assert_unavailable(page, press(page))
    finally:
        database.execute("ALTER TABLE gone RENAME TO accounts")
        database.close()
    press(page)
    assert "code" in arrived(page, callback)


def assert_unavailable(page: Page, response: Response) -> None:
    assert_page(response, 503)
    assert int(response.headers["retry-after"]) > 0
    assert "Try again" in page.get_by_role("alert").inner_text()
