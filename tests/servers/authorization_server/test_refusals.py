"""What the OAuth face refuses, and that nothing of it is sent where it must not go."""

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from servers.authorization_server.clients import DEMO_REDIRECT, DEMO_SECRET
from servers.database.accounts import DEMO_PASSWORD
from servers.parsing.passwords import PASSWORD_MAX_LENGTH
from servers.passwords.throttle import FREE
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import (
    Reply,
    ServerProcess,
    WithRealPasswords,
    close_pipes,
    launch,
)

VERIFIER = "a-verifier-of-forty-three-characters-at-least"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code",
    "client_id": "demo-app",
    "redirect_uri": DEMO_REDIRECT,
    "scope": "user",
    "state": "opaque & <state>",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
EXCHANGE = {
    "grant_type": "authorization_code",
    "client_id": "demo-app",
    "redirect_uri": DEMO_REDIRECT,
    "code_verifier": VERIFIER,
}


@pytest.fixture(scope="module")
def server(redis_server: RedisProcess) -> Iterator[ServerProcess]:
    with TemporaryDirectory(prefix="oauth-") as folder:
        running = ServerProcess(
            Path(folder),
            scheme="jwt-denylist",
            oauth=True,
            redis_url=redis_server.url,
            redis_key_prefix="oauth-refusals:",
        )
        yield running
        running.stop()


def submit(server: ServerProcess, origin: str | None = None, **changes: str | None) -> httpx.Response:
    filled = {**ASKED, "username": "alice", "password": DEMO_PASSWORD, "decision": "allow", **changes}
    sent = {name: value for name, value in filled.items() if value is not None}
    return httpx.post(
        f"{server.origin}/oauth/authorize", data=sent, headers={"Origin": origin or server.origin}
    )


def code(server: ServerProcess) -> str:
    return parse_qs(urlsplit(submit(server).headers["location"]).query)["code"][0]


def exchange(
    server: ServerProcess, auth: tuple[str, str] | None = None, **changes: str | None
) -> httpx.Response:
    sent = {name: value for name, value in {**EXCHANGE, **changes}.items() if value is not None}
    return httpx.post(f"{server.origin}/oauth/token", data=sent, auth=auth)


def error(reply: httpx.Response) -> tuple[int, str]:
    assert reply.headers["cache-control"] == "no-store"
    return reply.status_code, reply.json()["error"]


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": ""},
        {"redirect_uri": "https://evil.test/callback"},
        {"redirect_uri": DEMO_REDIRECT + "/"},
        {"redirect_uri": DEMO_REDIRECT + "?x=1"},
        {"redirect_uri": ""},
    ],
)
def test_a_wrong_client_or_address_is_shown_and_never_visited(
    server: ServerProcess, changes: dict[str, str]
) -> None:
    for reply in (
        httpx.get(f"{server.origin}/oauth/authorize?{urlencode({**ASKED, **changes})}"),
        submit(server, **changes),
    ):
        assert reply.status_code == 400
        assert "location" not in reply.headers
        assert reply.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "user everything"}, "invalid_scope"),
        ({"scope": "user\u00a0admin"}, "invalid_scope"),
        ({"scope": "user\n"}, "invalid_scope"),
        ({"scope": "admin"}, "access_denied"),  # which alice does not have
        ({"decision": "deny"}, "access_denied"),
        ({"decision": None}, "access_denied"),
    ],
)
def test_everything_else_is_told_to_the_client(
    server: ServerProcess, changes: dict[str, str | None], expected: str
) -> None:
    reply = submit(server, **changes)
    assert reply.status_code == 303
    told = parse_qs(urlsplit(reply.headers["location"]).query)
    assert (told["error"], told["state"]) == ([expected], [ASKED["state"]])
    assert "code" not in told


def test_the_form_cannot_be_framed_kept_or_filled_in_from_elsewhere(server: ServerProcess) -> None:
    shown = httpx.get(f"{server.origin}/oauth/authorize?{urlencode(ASKED)}")
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]
    assert shown.headers["cache-control"] == "no-store"
    assert "opaque &amp; &lt;state&gt;" in shown.text
    assert submit(server, origin="https://evil.test").status_code == 403
    again = submit(server, password="wrong")
    assert again.status_code == 401
    assert "Wrong username or password." in again.text
    assert "wrong" not in again.text.replace("Wrong", "")


def test_where_tls_ends_in_front_the_form_comes_from_the_public_origin(redis_server: RedisProcess) -> None:
    public = "https://bench.example"
    with TemporaryDirectory(prefix="oauth-") as folder:
        server = ServerProcess(
            Path(folder),
            scheme="jwt-hs256",
            oauth=True,
            public_origin=public,
            redis_url=redis_server.url,
            redis_key_prefix="oauth-public:",
        )
        found = {origin: submit(server, origin).status_code for origin in (public, server.origin, "null")}
        assert found == {public: 303, server.origin: 403, "null": 403}
        server.stop()


def test_a_known_device_is_known_at_the_form(server: ServerProcess) -> None:
    server.ask("account", username="guessed", password="a password of hers", scope="user")
    allowed = submit(server, username="guessed", password="a password of hers")
    assert allowed.status_code == 303
    lines = allowed.headers.get_list("set-cookie")
    paths = ["/login", "/account/password", "/oauth/authorize"]
    assert [path for path, line in zip(paths, lines, strict=True) if f"; Path={path}; " in line] == paths
    refused = [submit(server, username="guessed", password="a guess") for _ in range(FREE + 1)]
    assert [answer.status_code for answer in refused] == [401] * FREE + [429]
    assert int(refused[-1].headers["retry-after"]) == 1
    assert "wait" in refused[-1].text
    filled = {**ASKED, "username": "guessed", "password": "a password of hers", "decision": "allow"}
    headers = {"Origin": server.origin, "Cookie": lines[0].partition(";")[0]}
    known = httpx.post(f"{server.origin}/oauth/authorize", data=filled, headers=headers)
    assert known.status_code == 303


def test_nothing_of_a_password_is_cut_off(server: ServerProcess) -> None:
    longest = "x" * PASSWORD_MAX_LENGTH
    server.ask("account", username="longest", password=longest, scope="user")
    assert submit(server, username="longest", password=longest).status_code == 303
    for username, password in (("longest", longest + "x"), ("longest\0", longest), ("longest", None)):
        assert submit(server, username=username, password=password).status_code == 401


def test_a_parameter_that_comes_twice_is_refused(server: ServerProcess) -> None:
    twice = httpx.get(f"{server.origin}/oauth/authorize?{urlencode(ASKED)}&client_id=demo-app")
    assert (twice.status_code, "location" in twice.headers) == (400, False)
    body = urlencode(EXCHANGE) + "&grant_type=refresh_token"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    reply = httpx.post(f"{server.origin}/oauth/token", content=body, headers=headers)
    assert error(reply) == (400, "invalid_request")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": None},
        {"code_verifier": "b" * 43},
        {"code_verifier": CHALLENGE},  # as method plain would have it
        {"code_verifier": VERIFIER + "=" * 200},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.test/callback"},
        {"code": "never given out"},
        {"code": None},
    ],
)
def test_a_code_is_for_who_asked_for_it(server: ServerProcess, changes: dict[str, str | None]) -> None:
    assert error(exchange(server, None, **{"code": code(server), **changes})) == (400, "invalid_grant")


def test_a_code_of_another_client_is_refused(server: ServerProcess) -> None:
    reply = exchange(server, ("demo-service", DEMO_SECRET), code=code(server), client_id=None)
    assert error(reply) == (400, "invalid_grant")


def test_a_second_use_ends_what_the_first_one_gave(server: ServerProcess) -> None:
    given = code(server)
    tokens = exchange(server, code=given).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert server.request("GET", "/me", bearer).status == 200
    assert error(exchange(server, code=given)) == (400, "invalid_grant")
    assert server.request("GET", "/me", bearer).status == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert error(exchange(server, **refresh)) == (400, "invalid_grant")


def test_a_code_does_not_survive_the_end_of_all_logins(server: ServerProcess) -> None:
    server.ask("account", username="carol", password=DEMO_PASSWORD, scope="user")
    back = submit(server, username="carol").headers["location"]
    given = parse_qs(urlsplit(back).query)["code"][0]
    server.ask("disable", username="carol")
    assert error(exchange(server, code=given)) == (400, "invalid_grant")


def test_a_refresh_token_stays_with_its_client(server: ServerProcess) -> None:
    token = exchange(server, code=code(server)).json()["refresh_token"]
    sent = {"grant_type": "refresh_token", "refresh_token": token, "client_id": None}
    assert error(exchange(server, ("demo-service", DEMO_SECRET), **sent)) == (400, "invalid_grant")
    widened = {**sent, "client_id": "demo-app", "scope": "user admin"}
    assert error(exchange(server, **widened)) == (400, "invalid_scope")
    assert exchange(server, **{**sent, "client_id": "demo-app"}).status_code == 200


@pytest.mark.parametrize(
    ("auth", "changes", "expected"),
    [
        (None, {"grant_type": "password"}, (400, "unsupported_grant_type")),
        (None, {"grant_type": "implicit"}, (400, "unsupported_grant_type")),
        (None, {"grant_type": None}, (400, "invalid_request")),
        (None, {"grant_type": "client_credentials"}, (400, "unauthorized_client")),
        (None, {"client_id": None}, (401, "invalid_client")),
        (None, {"client_id": "demo-service"}, (401, "invalid_client")),
        (None, {"client_secret": DEMO_SECRET}, (400, "invalid_request")),
        (None, {"client_assertion": "e.y.J"}, (400, "invalid_request")),
        (("demo-service", DEMO_SECRET), {"client_assertion_type": "urn:x"}, (400, "invalid_request")),
        (("demo-service", "guess"), {"client_id": None}, (401, "invalid_client")),
        (("demo-app", ""), {"client_id": None}, (401, "invalid_client")),
        (("demo-service", DEMO_SECRET), {}, (400, "invalid_request")),
        (("demo-service", DEMO_SECRET), {"client_secret": DEMO_SECRET}, (400, "invalid_request")),
        (
            ("demo-service", DEMO_SECRET),
            {"client_id": None, "grant_type": "client_credentials", "scope": "admin"},
            (400, "invalid_scope"),
        ),
    ],
)
def test_grants_and_clients_that_are_not_offered(
    server: ServerProcess,
    auth: tuple[str, str] | None,
    changes: dict[str, str | None],
    expected: tuple[int, str],
) -> None:
    assert error(exchange(server, auth, **changes)) == expected


def test_bodies_that_are_no_forms(server: ServerProcess) -> None:
    url = f"{server.origin}/oauth/token"
    assert error(httpx.post(url, json=EXCHANGE)) == (400, "invalid_request")
    form = {"content-type": "application/x-www-form-urlencoded"}
    twice = [("content-type", "application/x-www-form-urlencoded"), ("content-type", "text/plain")]
    for headers in (twice, twice[::-1], [("content-type", form["content-type"] + "\xa0")]):
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        reply = httpx.post(url, content=urlencode(EXCHANGE), headers=raw)
        assert error(reply) == (400, "invalid_request")
        assert "urlencoded" in reply.json()["error_description"]
    for content in (b"\xff=1", b"a=%ff", b"a=%ED%A0%80", b"a=1&" * 100, b"a=1&a=1"):
        assert error(httpx.post(url, content=content, headers=form))[1] == "invalid_request"


def test_only_a_client_with_a_secret_may_ask_about_tokens(server: ServerProcess) -> None:
    reply = httpx.post(f"{server.origin}/oauth/introspect", data={"token": "x", "client_id": "demo-app"})
    assert error(reply) == (401, "invalid_client")
    assert reply.headers["www-authenticate"].startswith("Basic ")
    assert (
        httpx.post(f"{server.origin}/oauth/revoke", data={"token": "x", "client_id": "demo-app"}).status_code
        == 200
    )


@pytest.mark.parametrize("path", ["introspect", "revoke"])
def test_a_question_about_no_token_is_not_valid(server: ServerProcess, path: str) -> None:
    """RFC 7662 section 2.1, RFC 7009 section 2.1."""
    for sent in ({}, {"token": ""}, {"token_type_hint": "access_token"}):
        reply = httpx.post(
            f"{server.origin}/oauth/{path}", data=sent or {"x": "y"}, auth=("demo-service", DEMO_SECRET)
        )
        assert error(reply) == (400, "invalid_request")


def test_what_has_no_face_says_so_in_one_line(redis_server: RedisProcess) -> None:
    for settings, words in (
        ({"scheme": "session-redis", "redis_url": redis_server.url}, "choose a scheme that refreshes"),
        ({"scheme": "jwt-dpop", "redis_url": redis_server.url}, "choose a scheme that refreshes"),
        ({"scheme": "jwt-hs256"}, "give --redis-url"),
    ):
        process, answer = launch({**settings, "oauth": True})
        assert words in answer["error"]
        process.wait(60)
        close_pipes(process)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/oauth/authorize", {"GET", "HEAD", "POST"}),
        ("/oauth/token", {"POST"}),
        ("/oauth/revoke", {"POST"}),
        ("/oauth/introspect", {"POST"}),
        ("/.well-known/oauth-authorization-server", {"GET", "HEAD"}),
        ("/.well-known/jwks.json", {"GET", "HEAD"}),
    ],
)
def test_other_methods_are_told_which_there_are(server: ServerProcess, path: str, allowed: set[str]) -> None:
    url = f"{server.origin}{path}?{urlencode(ASKED)}"
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - allowed:
        reply = httpx.request(method, url)
        assert reply.status_code == 405
        assert set(reply.headers["allow"].split(", ")) == allowed
    if "HEAD" in allowed:
        whole, head = httpx.get(url), httpx.head(url)
        assert head.content == b""
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(whole.content)))


def test_a_native_app_listens_on_any_port(server: ServerProcess) -> None:
    own = "http://127.0.0.1:50123/callback"
    back = submit(server, redirect_uri=own).headers["location"]
    assert back.startswith(own + "?")
    given = parse_qs(urlsplit(back).query)["code"][0]
    # The code is for the address of the request, not for the one that is registered.
    assert error(exchange(server, code=given)) == (400, "invalid_grant")
    back = submit(server, redirect_uri=own).headers["location"]
    given = parse_qs(urlsplit(back).query)["code"][0]
    assert exchange(server, code=given, redirect_uri=own).status_code == 200


def test_a_path_with_a_line_feed_behind_it_is_another_path(server: ServerProcess) -> None:
    for path in ("oauth/token", "oauth/revoke", "oauth/introspect", "oauth/authorize"):
        assert httpx.post(f"{server.origin}/{path}%0A", data=EXCHANGE).status_code == 404
    for path in ("oauth/authorize", ".well-known/jwks.json", ".well-known/oauth-authorization-server"):
        assert httpx.get(f"{server.origin}/{path}%0a").status_code == 404


@pytest.mark.parametrize("redirect", ["http://127.0.0.1:50123/other", "http://localhost:9999/callback"])
def test_only_the_port_may_be_another(server: ServerProcess, redirect: str) -> None:
    assert "location" not in submit(server, redirect_uri=redirect).headers


def test_what_nobody_asked_for_is_ignored(server: ServerProcess) -> None:
    asked = {"response_mode": "fragment", "prompt": "none", "nonce": "n", "audience": "x", "__proto__": "y"}
    back = submit(server, **asked).headers["location"]
    assert set(parse_qs(urlsplit(back).query)) == {"code", "state", "iss"}


@pytest.mark.parametrize("state", ["a\r\nSet-Cookie: b=c", "a\nb", "a\x00b", "\x7f", "\t"])
def test_a_state_that_no_form_could_keep_is_told_at_once(server: ServerProcess, state: str) -> None:
    reply = httpx.get(f"{server.origin}/oauth/authorize?{urlencode({**ASKED, 'state': state})}")
    assert reply.status_code == 303
    told = parse_qs(urlsplit(reply.headers["location"]).query)
    assert (told["error"], told["state"]) == (["invalid_request"], [state])
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize("state", ["%", "a&b=c#d", "'\"><script>", "é ✓ \U0001f600", "a+b c%2B", "x" * 2000])
def test_any_other_state_comes_back_as_it_went(server: ServerProcess, state: str) -> None:
    told = parse_qs(urlsplit(submit(server, state=state).headers["location"]).query)
    assert told["state"] == [state]


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("a\x00lice", DEMO_PASSWORD),
        ("alice\x00", DEMO_PASSWORD),
        ("alice", DEMO_PASSWORD + "\x00"),
        ("x" * 65, DEMO_PASSWORD),
        ("", DEMO_PASSWORD),
        ("alice", ""),
        ("alice", None),
    ],
)
def test_what_cannot_be_a_login_is_a_wrong_one(
    server: ServerProcess, username: str, password: str | None
) -> None:
    reply = submit(server, username=username, password=password)
    assert reply.status_code == 401
    assert "Wrong username or password." in reply.text


def test_a_longer_password_is_not_its_beginning(server: ServerProcess) -> None:
    longest = "p" * PASSWORD_MAX_LENGTH
    server.ask("account", username="dave", password=longest, scope="user")
    assert submit(server, username="dave", password=longest + "x").status_code == 401
    assert submit(server, username="dave", password=longest).status_code == 303


def test_a_form_that_is_too_long_is_not_read(server: ServerProcess) -> None:
    reply = submit(server, password="x" * 20_000)
    assert reply.status_code == 413
    assert "location" not in reply.headers


def test_refusals_of_a_busy_server_are_pages_too(redis_server: RedisProcess) -> None:
    with TemporaryDirectory(prefix="oauth-") as folder:
        # A second login comes while the first one is hashed.
        server = WithRealPasswords(
            Path(folder),
            scheme="jwt-hs256",
            oauth=True,
            redis_url=redis_server.url,
            redis_key_prefix="oauth-busy:",
            password_workers=1,
            password_queue=0,
        )
        with ThreadPoolExecutor(8) as users:
            replies = list(users.map(lambda _: submit(server), range(8)))
        server.stop()
    assert {reply.status_code for reply in replies} == {303, 503}
    for reply in replies:
        if reply.status_code == 503:
            assert reply.headers["content-type"].startswith("text/html")
            assert reply.headers["retry-after"] == "1"
            assert "Try again" in reply.text


def basic(name: str, secret: str) -> str:
    return base64.b64encode(f"{name}:{secret}".encode()).decode()


def for_itself(server: ServerProcess, authorization: str, body: str = "") -> Reply:
    """As it is: httpx refuses to send blanks at the end of a value."""
    sent = {"Authorization": authorization, "Content-Type": "application/x-www-form-urlencoded"}
    return server.request("POST", "/oauth/token", sent, f"grant_type=client_credentials{body}")


@pytest.mark.parametrize(
    "value",
    [
        f"Basic {basic('demo-service', DEMO_SECRET)}",
        f"bAsIc {basic('demo-service', DEMO_SECRET)}",
        f"BASIC    {basic('demo-service', DEMO_SECRET)} ",
        f"Basic {basic('demo%2Dservice', DEMO_SECRET.replace('-', '%2d'))}",
    ],
)
@pytest.mark.parametrize("named", [None, "demo-service"])
def test_basic_in_every_spelling(server: ServerProcess, value: str, named: str | None) -> None:
    reply = for_itself(server, value, f"&client_id={named}" if named else "")
    assert reply.status == 200, reply


@pytest.mark.parametrize(
    "value",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic ZGVtbw",
        f"Basic {base64.b64encode(b'demo-service').decode()}",
        f"Basic {base64.b64encode(b'demo-service:' + bytes([255])).decode()}",
        f"Basic {basic('demo-service', '%ff')}",
        f"Basic {basic('demo-service', DEMO_SECRET + chr(0))}",
        f"Basic {basic('demo-service', DEMO_SECRET)} x",
        f"Basic {basic('demo-service', '')}",
        f"Basic {basic('', DEMO_SECRET)}",
        f"Bearer {basic('demo-service', DEMO_SECRET)}",
        basic("demo-service", DEMO_SECRET),
        "",
    ],
)
def test_basic_that_proves_nothing(server: ServerProcess, value: str) -> None:
    reply = for_itself(server, value)
    assert (reply.status, reply.json["error"]) == (401, "invalid_client")
    assert reply.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "body",
    ["&{}", "{}&", "&&{}&&", "{}&flag", "flag&{}", "{}&empty=", "{}&=x", "{}&client_secret="],
)
@pytest.mark.parametrize("media_type", ["", "; charset=UTF-8", ";charset=utf-8", " ; x=y"])
def test_forms_as_browsers_and_libraries_write_them(
    server: ServerProcess, body: str, media_type: str
) -> None:
    content = body.format("grant_type=client_credentials&scope=user")
    reply = httpx.post(
        f"{server.origin}/oauth/token",
        content=content,
        headers={"Content-Type": f"application/x-www-form-urlencoded{media_type}"},
        auth=("demo-service", DEMO_SECRET),
    )
    assert reply.status_code == 200, reply.text
