"""What a real Chromium does with the cookies of a login over TLS, and with a logout."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request

from authbench.system.certificate import make_certificate
from servers.database.accounts import DEMO_PASSWORD
from tests.chromium import chromium
from tests.servers.server_process import close_pipes, launch

SEND = """async ([method, path, body]) => {
    const token = (document.cookie.match(/__Host-csrf=([^;]*)/) || [])[1] || '';
    const headers = {'X-CSRF-Token': token, ...(body ? {'Content-Type': 'application/json'} : {})};
    const answer = await fetch(path, {method, headers, ...(body ? {body: JSON.stringify(body)} : {})});
    return answer.status;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("the cookies cannot be tried here") as opened:
        yield opened


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    made = make_certificate(tmp_path_factory.mktemp("tls"))
    process, answer = launch(
        {
            "scheme": "session-memory",
            "demo_accounts": True,
            "tls_certificate_file": str(made.certificate),
            "tls_key_file": str(made.key),
        }
    )
    yield f"https://127.0.0.1:{answer['port']}"
    process.terminate()
    process.wait(60)
    close_pipes(process)


@pytest.fixture
def page(browser: Browser, origin: str) -> Iterator[Page]:
    context = browser.new_context(ignore_https_errors=True)
    opened = context.new_page()
    opened.goto(f"{origin}/public")
    yield opened
    context.close()


def send(page: Page, method: str, path: str, body: Any = None) -> int:
    status = page.evaluate(SEND, [method, path, body])
    assert isinstance(status, int)
    return status


def log_in(page: Page) -> None:
    assert send(page, "GET", "/csrf") == 200
    assert send(page, "POST", "/login", {"username": "alice", "password": DEMO_PASSWORD}) == 200


def kept(page: Page) -> list[tuple[str, str]]:
    """Name and path of every cookie."""
    return sorted((cookie["name"], cookie["path"]) for cookie in page.context.cookies())


DEVICE = [("__Secure-device-account", "/account/password"), ("__Secure-device-login", "/login")]


def test_a_login_is_kept_and_no_script_sees_or_plants_a_session(page: Page) -> None:
    log_in(page)
    assert kept(page) == [("__Host-Http-sid", "/"), ("__Host-csrf", "/"), *DEVICE]
    assert send(page, "GET", "/me") == 200
    assert [pair.partition("=")[0] for pair in page.evaluate("document.cookie").split("; ")] == [
        "__Host-csrf"
    ]
    page.context.clear_cookies()
    for name in ("__Host-Http-sid", "__Host-sid"):
        page.evaluate("(name) => { document.cookie = name + '=planted; Path=/; Secure' }", name)
    # What Chromium lets a script do with the name that `__Host-` alone would give.
    assert kept(page) == [("__Host-sid", "/")]


def test_the_device_is_told_where_a_password_is_proved_and_nowhere_else(page: Page) -> None:
    log_in(page)
    seen: list[Request] = []

    def note(request: Request) -> None:
        seen.append(request)

    page.on("request", note)
    wrong = {"current_password": "wrong", "new_password": "a phrase nobody knows"}
    assert send(page, "POST", "/account/password", wrong) == 403
    assert send(page, "POST", "/orders", {"item": "pen", "quantity": 1}) == 201
    assert send(page, "GET", "/me") == 200
    assert send(page, "POST", "/logout") == 204
    log_in(page)
    sent = {
        "/" + request.url.split("/", 3)[3]: "__Secure-device" in request.all_headers().get("cookie", "")
        for request in seen
    }
    assert sent == {
        "/account/password": True,
        "/orders": False,
        "/me": False,
        "/logout": False,
        "/csrf": False,
        "/login": True,
    }


def test_a_logout_leaves_nothing_but_the_device(page: Page) -> None:
    log_in(page)
    page.evaluate("localStorage.setItem('draft', 'of hers'); sessionStorage.setItem('draft', 'of hers')")
    assert send(page, "POST", "/logout") == 204
    assert kept(page) == DEVICE
    page.reload()
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
