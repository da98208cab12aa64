"""What the OAuth face refuses, and that nothing of it is sent where it must not go."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from authbench.failure import Failure
from servers.accounts import DEMO_PASSWORD
from servers.oauth.face.clients import DEMO_REDIRECT, DEMO_SECRET, Clients
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess, close_pipes, launch

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
        assert reply.status_code in (400, 401)
        assert "location" not in reply.headers
        assert reply.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "user everything"}, "invalid_scope"),
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
        (("demo-service", "guess"), {"client_id": None}, (401, "invalid_client")),
        (("demo-app", ""), {"client_id": None}, (401, "invalid_client")),
        (("demo-service", DEMO_SECRET), {}, (400, "invalid_request")),
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
    for content in (b"\xff=1", b"a", b"&&&", b"a=1" * 10_000, b"a=1&" * 100):
        assert error(httpx.post(url, content=content, headers=form))[1] == "invalid_request"
    assert httpx.get(url).status_code == 405


def test_only_a_client_with_a_secret_may_ask_about_tokens(server: ServerProcess) -> None:
    reply = httpx.post(f"{server.origin}/oauth/introspect", data={"token": "x", "client_id": "demo-app"})
    assert error(reply) == (401, "invalid_client")
    assert reply.headers["www-authenticate"].startswith("Basic ")
    assert (
        httpx.post(f"{server.origin}/oauth/revoke", data={"token": "x", "client_id": "demo-app"}).status_code
        == 200
    )


def test_what_has_no_face_says_so_in_one_line(redis_server: RedisProcess) -> None:
    for settings, words in (
        ({"scheme": "session-redis", "redis_url": redis_server.url}, "choose a scheme that refreshes"),
        ({"scheme": "jwt-dpop", "redis_url": redis_server.url}, "choose a scheme that refreshes"),
        ({"scheme": "jwt-hs256"}, "give --redis-url"),
    ):
        process, answer = launch({**settings, "oauth": True})
        assert words in answer["error"]
        process.wait(10)
        close_pipes(process)


def test_clients_come_from_a_file_or_fail_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "clients.toml"
    path.write_text('[shop]\nredirect_uris = ["https://shop.test/back"]\n')
    assert Clients.read(str(path), demo=False).named("shop").redirect_uris == ("https://shop.test/back",)
    for content, words in (
        ("[shop", "not a table for each client"),
        ("x = 1", "not a table for each client"),
        ('[shop]\nsecret = "x"', "secret"),
        ('["a b"]\n', "client_id"),
        # Whose tokens open the account itself.
        ("[first-party]\n", "choose another"),
        ("[shop]\nscopes = []", "scopes"),
        ('[shop]\nscopes = ["user admin"]', "scopes"),
    ):
        path.write_text(content)
        with pytest.raises(Failure, match=words):
            Clients.read(str(path), demo=False)
    with pytest.raises(Failure, match="cannot be read"):
        Clients.read(str(tmp_path / "missing"), demo=False)
