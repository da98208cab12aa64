"""Schemes whose credential is a cookie, in a real Chromium, over HTTP and over TLS.

What a browser adds by itself (Origin, Sec-Fetch-Site, cookies with their prefixes) is what these schemes
decide by. A scripted client only repeats what its author believed of it.
"""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from authbench.system.certificate import make_certificate
from servers.database.accounts import DEMO_PASSWORD
from tests.chromium import chromium
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

SCHEMES = ["session-redis", "session-cookie-cache", "jwt-cookie"]
"""An opaque value, two cookies, a long one."""
ASK = """async ([method, path, body]) => {
    const token = document.cookie.match(/csrf=([^;]*)/);
    const answer = await fetch(path, {
        method,
        headers: {
            ...(body && {"Content-Type": "application/json"}),
            ...(token && method !== "GET" && {"X-CSRF-Token": token[1]}),
        },
        body: body && JSON.stringify(body),
    });
    return answer.status;
}"""
FORGE = """async ([url, body]) => {
    await fetch(url, {method: "POST", mode: "no-cors", credentials: "include", body});
}"""
LOGIN = {"username": "alice", "password": DEMO_PASSWORD}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("no page can send what browsers send by themselves") as opened:
        yield opened


@pytest.fixture(scope="module", params=SCHEMES)
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=["http", "https"])
def server(
    request: pytest.FixtureRequest, scheme: str, redis_server: RedisProcess
) -> Iterator[ServerProcess]:
    with TemporaryDirectory(prefix="browser-") as name:
        certificate = make_certificate(Path(name))
        tls = {
            "tls_certificate_file": str(certificate.certificate),
            "tls_key_file": str(certificate.key),
        }
        running = ServerProcess(
            Path(name),
            scheme=scheme,
            redis_url=redis_server.url,
            redis_key_prefix=f"browser-{scheme}-{request.param}:",
            **(tls if request.param == "https" else {}),
        )
        yield running
        running.stop()


@pytest.fixture
def page(browser: Browser, server: ServerProcess) -> Iterator[Page]:
    """On a page of the server's own."""
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(f"{server.origin}/public")
    yield page
    context.close()


class _Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b'<a href="/">away</a>')

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[int]:
    """The port of another server on this machine."""
    other = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    Thread(target=other.serve_forever, daemon=True).start()
    yield other.server_port
    other.shutdown()
    other.server_close()


def ask(page: Page, method: str, path: str, body: object = None) -> int:
    return int(page.evaluate(ASK, [method, path, body]))


def log_in(page: Page) -> None:
    assert ask(page, "GET", "/csrf") == 200
    assert ask(page, "POST", "/login", LOGIN) == 200


def cookies(page: Page) -> dict[str, Any]:
    return {cookie["name"]: cookie for cookie in page.context.cookies()}


def test_a_page_of_our_own_logs_in_writes_and_logs_out(page: Page, server: ServerProcess) -> None:
    assert ask(page, "POST", "/login", LOGIN) == 403
    log_in(page)
    assert ask(page, "GET", "/me") == 200
    assert ask(page, "POST", "/orders", {"item": "pen", "quantity": 1}) == 201
    page.reload()
    assert ask(page, "GET", "/orders") == 200
    assert ask(page, "POST", "/orders", {"item": "ink", "quantity": 1}) == 201
    prefix = "__Host-" if server.origin.startswith("https") else "dev-"
    kept = cookies(page)
    session = next(name for name in kept if name.endswith("sid"))
    token = next(name for name in kept if name.endswith("csrf"))
    assert session.startswith(prefix)
    assert token.startswith(prefix)
    assert kept[session]["httpOnly"]
    assert all(cookie["secure"] == server.origin.startswith("https") for cookie in kept.values())
    assert ask(page, "POST", "/logout") == 204
    assert session not in cookies(page)
    assert ask(page, "GET", "/me") == 401
    log_in(page)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_page_elsewhere_writes_nothing(
    page: Page, server: ServerProcess, elsewhere: int, host: str
) -> None:
    """Another port is the same site, and gets the same cookies; another host is another site."""
    log_in(page)
    page.goto(f"http://{host}:{elsewhere}/")
    refused: list[int] = []
    page.on("response", lambda response: refused.append(response.status))
    for path, body in (
        ("/orders", '{"item": "stolen", "quantity": 1}'),
        ("/login", '{"username": "root", "password": "x"}'),
        ("/logout", None),
        ("/logout-everywhere", None),
    ):
        page.evaluate(FORGE, [server.origin + path, body])
    assert set(refused) == {403}
    # SameSite=Lax: whoever follows a link from elsewhere is still logged in.
    page.evaluate("(url) => { document.links[0].href = url; }", f"{server.origin}/me")
    with page.expect_navigation() as navigation:
        page.get_by_text("away").click()
    assert navigation.value.status == 200
    assert "stolen" not in page.evaluate("async () => (await fetch('/orders')).text()")
