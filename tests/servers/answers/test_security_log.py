"""The security log: a line for each event, none for a read, and no secret in any."""

import asyncio
import base64
import hashlib
import io
import json
import logging
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from servers.answers import security_log
from servers.answers.security_log import digest, record, turn_off, turn_on
from servers.authorization_server.clients import DEMO_REDIRECT, DEMO_SECRET
from servers.authorization_server.install import install
from servers.database.accounts import DEMO_PASSWORD
from servers.passwords.throttle import FREE
from tests.servers.browser import site
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess, close_pipes
from tests.servers.test_serve_command import start

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def text() -> Iterator[Callable[[], str]]:
    """The log is on; what it has said since the last time."""
    turn_on(b"k" * 32)
    (handler,) = security_log._LOG.handlers
    assert isinstance(handler, logging.StreamHandler)
    said = io.StringIO()
    handler.setStream(said)

    def told() -> str:
        found = said.getvalue()
        said.seek(0)
        said.truncate()
        return found

    yield told
    turn_off()


@pytest.fixture
def lines(text: Callable[[], str]) -> Lines:
    """The same, line by line."""
    return lambda: [json.loads(line) for line in text().splitlines()]


def challenge(verifier: str) -> str:
    digested = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digested).rstrip(b"=").decode()


def events(lines: Lines) -> list[str]:
    return [line["event"] for line in lines()]


def test_a_login_and_its_end(lines: Lines, redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with (
            site("session-redis", redis_url=redis_server.url, redis_key_prefix="log:") as made,
            made.browser() as browser,
        ):
            await browser.log_in()
            (login,) = lines()
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", login["time"])
            assert (login["event"], login["user"], login["subject"]) == ("login", "alice", digest("alice"))
            assert (login["method"], login["path"], login["client"]) == ("POST", "/login", "127.0.0.1")
            assert login["session"] == digest(browser.cookies["dev-sid"])
            assert (await browser.get("/me")).status_code == 200
            assert (await browser.order(browser.proof)).status_code == 201
            assert lines() == []
            await browser.post("/orders", json={})  # no CSRF token
            (refused,) = lines()
            assert (refused["event"], refused["status"], refused["path"]) == ("refused", 403, "/orders")
            assert refused["session"] == login["session"]
            await browser.get("/admin/report")
            assert lines()[0]["reason"] == "no scope admin"
            kept = dict(browser.cookies)
            await browser.post("/logout", headers=browser.proof)
            (logout,) = lines()
            assert (logout["event"], logout["session"]) == ("logout", login["session"])
            browser.replace_cookies(kept)
            await browser.get("/me")
            (ended,) = lines()
            assert (ended["event"], ended["status"], ended["session"]) == ("refused", 401, login["session"])
            await browser.log_in()
            await browser.post("/logout-everywhere", headers=browser.proof)
            assert events(lines) == ["login", "logout_everywhere"]

    asyncio.run(visit())


def test_a_secret_in_a_path_is_not_written_down(lines: Lines, redis_server: RedisProcess) -> None:
    """Where a session is to be ended by its id, and the value of the cookie was sent in its place."""

    async def visit() -> None:
        async with (
            site("session-redis", redis_url=redis_server.url, redis_key_prefix="log:") as made,
            made.browser() as browser,
        ):
            await browser.log_in()
            secret = browser.cookies["dev-sid"]
            for headers in (browser.proof, {}):
                await browser.delete(f"/sessions/{secret}", headers=headers)
            (own,) = (await browser.get("/sessions")).json()["sessions"]
            await browser.delete(f"/sessions/{own['id']}", headers=browser.proof)
            _, refused, ended = lines()
            assert {refused["path"], ended["path"]} == {"/sessions/{session_id}"}
            assert (refused["event"], ended["event"]) == ("refused", "session_ended")

    asyncio.run(visit())


def test_what_is_refused_where_a_password_is_proved(lines: Lines) -> None:
    async def visit() -> None:
        async with site("jwt-hs256") as made, made.browser() as browser:

            async def guess(username: str, password: str) -> dict[str, Any]:
                await browser.post("/login", json={"username": username, "password": password})
                (line,) = lines()
                assert password not in json.dumps(line)
                return line

            wrong = await guess("alice", "a secret of hers")
            assert (wrong["event"], wrong["user"], wrong["reason"]) == (
                "login_refused",
                "alice",
                "wrong password",
            )
            # A password typed into the wrong field is no name to be written down.
            unknown = await guess("hunter2hunter2", "x")
            assert (unknown["event"], unknown["reason"], "user" in unknown) == (
                "login_refused",
                "unknown",
                False,
            )
            assert unknown["subject"] == digest("hunter2hunter2")
            await made.app.state.accounts.disable("root")
            assert (await guess("root", DEMO_PASSWORD))["reason"] == "disabled"
            for _ in range(FREE - 1):
                await guess("alice", "x")
            assert (await guess("alice", "x"))["event"] == "login_throttled"

    asyncio.run(visit())


def test_a_new_password_and_a_wrong_one(lines: Lines) -> None:
    async def visit() -> None:
        async with site("jwt-hs256") as made, made.browser() as browser:
            token = (await browser.log_in()).json()["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            for current in ("wrong", DEMO_PASSWORD):
                body = {"current_password": current, "new_password": "a phrase nobody knows"}
                await browser.post("/account/password", json=body, headers=headers)
            login, refused, changed = lines()
            assert refused["event"] == "password_change_refused"
            assert (changed["event"], changed["user"]) == ("password_change", "alice")
            assert {line["session"] for line in (login, refused, changed)} == {digest(token)}

    asyncio.run(visit())


def test_reuse_of_a_refresh_token(lines: Lines, redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with (
            site("jwt-hs256", redis_url=redis_server.url, redis_key_prefix="log:") as made,
            made.browser() as browser,
        ):
            token = (await browser.log_in()).json()["refresh_token"]
            for _ in range(2):
                await browser.post("/refresh", json={"refresh_token": token})
            _, reuse, refused = lines()
            assert (reuse["event"], reuse["login"]) == (
                "refresh_token_reuse",
                digest(token.partition(".")[0]),
            )
            assert (refused["event"], refused["status"]) == ("refused", 400)
            assert token not in json.dumps([reuse, refused])

    asyncio.run(visit())


def test_the_oauth_face(lines: Lines, redis_server: RedisProcess) -> None:
    async def visit() -> None:
        async with (
            site(
                "jwt-hs256", redis_url=redis_server.url, redis_key_prefix="log:", demo_accounts=True
            ) as made,
            made.browser() as browser,
        ):
            store = await install(made.app, made.scheme)
            verifier = "v" * 64
            asked = {
                "response_type": "code",
                "client_id": "demo-app",
                "redirect_uri": DEMO_REDIRECT,
                "code_challenge": challenge(verifier),
                "code_challenge_method": "S256",
                "username": "alice",
                "decision": "allow",
            }
            for password in ("wrong", DEMO_PASSWORD):
                answer = await browser.post("/oauth/authorize", data={**asked, "password": password})
            await browser.post("/oauth/authorize", data=asked, headers={"Origin": "https://evil.test"})
            await browser.post("/oauth/token", data={"grant_type": "authorization_code", "code": "x"})
            code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
            exchange = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
            client = {"client_id": "demo-app", "redirect_uri": DEMO_REDIRECT}
            token = (await browser.post("/oauth/token", data=exchange | client)).json()["refresh_token"]
            await browser.post("/oauth/revoke", data={"client_id": "demo-app", "token": token})
            refused, allowed, foreign, unknown, revoked = lines()
            # What a page or the client is told of, the log is told of too.
            right = {**asked, "password": DEMO_PASSWORD}
            for wrong, reason in (
                ({"client_id": "nobody"}, "invalid_request: The client is not known."),
                ({"redirect_uri": "https://evil.test/"}, "invalid_request: The redirect_uri is not one of"),
                ({"scope": "root"}, "invalid_scope: "),
                ({"scope": "admin"}, "access_denied: The user has none of"),
                ({"decision": "deny"}, "access_denied: The user declined."),
            ):
                await browser.post("/oauth/authorize", data={**right, **wrong})
                (line,) = lines()
                assert line["event"] == "refused"
                assert line["reason"].startswith(reason)
            assert (refused["event"], refused["user"]) == ("authorization_refused", "alice")
            assert (allowed["event"], allowed["client_id"]) == ("authorization", "demo-app")
            assert (foreign["event"], foreign["status"]) == ("refused", 403)
            assert (revoked["event"], revoked["client_id"]) == ("revocation", "demo-app")
            assert (unknown["event"], unknown["path"]) == ("refused", "/oauth/token")
            await browser.post("/oauth/token", data=exchange | client)
            (reuse,) = lines()
            assert (reuse["event"], reuse["login"]) == ("code_reuse", revoked["login"])
            # Of a token that nobody was given nothing was revoked.
            await browser.post("/oauth/revoke", data={"client_id": "demo-app", "token": token[:-1] + "_"})
            assert lines() == []
            service = {
                "Authorization": "Basic " + base64.b64encode(f"demo-service:{DEMO_SECRET}".encode()).decode()
            }
            grant = {"grant_type": "client_credentials"}
            given = (await browser.post("/oauth/token", data=grant, headers=service)).json()["access_token"]
            (itself,) = lines()
            assert (itself["event"], itself["client_id"]) == ("client_login", "demo-service")
            assert itself["session"] == digest(given)
            await store.stop()

    asyncio.run(visit())


def test_nobody_writes_a_line_of_their_own(text: Callable[[], str]) -> None:
    evil = 'mallory\n{"event":"login"}\r\x1b[2J\x85\u2028\u202e\x7f\ud800'
    record("role_change", user=evil, scope="user")
    told = text()
    assert told.count("\n") == 1
    assert all(" " <= character <= "~" for character in told.removesuffix("\n"))
    assert json.loads(told)["user"] == evil


def test_another_server_makes_other_digests(lines: Lines) -> None:
    one = digest("alice")
    turn_on(b"o" * 32)
    assert digest("alice") != one


def served(settings: dict[str, Any]) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "servers.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(settings) + "\n")
    process.stdin.flush()
    return process


@pytest.mark.parametrize("on", [False, True])
def test_it_is_off_unless_the_settings_say_so(on: bool, folder: Any) -> None:
    """Several processes; what an administrator does comes over the measuring socket."""
    process = served(
        {
            "scheme": "jwt-hs256",
            "demo_accounts": True,
            "measuring_socket": str(folder / "socket"),
            **({"security_log": True} if on else {}),
        }
    )
    assert process.stdout is not None
    answer = json.loads(process.stdout.readline())
    server = ServerProcess.__new__(ServerProcess)
    server.port, server._measuring, server.measuring_path = answer["port"], None, folder / "socket"
    server.origin = f"http://127.0.0.1:{server.port}"
    server.connection = server.connect()
    assert server.login("alice", "wrong").status == 401
    server.ask("role", username="alice", scope="user admin")
    server.ask("disable", username="alice")
    server.connection.close()
    server._replies.close()
    assert server._measuring is not None
    server._measuring.close()
    process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    told = [json.loads(line)["event"] for line in process.stderr.read().splitlines()]
    assert process.wait(60) == 0
    process.stderr.close()
    close_pipes(process)
    assert told == (["login_refused", "role_change", "account_disabled"] if on else [])


def test_serve_turns_it_on() -> None:
    for arguments, expected in ((), ["refused"]), (("--no-security-log",), []):
        process = start("jwt-hs256", "--port", "0", *arguments)
        assert process.stdout is not None
        origin = process.stdout.readline().strip()
        server = ServerProcess.__new__(ServerProcess)
        server.port = int(origin.rpartition(":")[2])
        connection = server.connect()
        assert server.request("GET", "/me", connection=connection).status == 401
        connection.close()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert [json.loads(line)["event"] for line in errors.splitlines()] == expected
