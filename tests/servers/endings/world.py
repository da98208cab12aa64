"""One scheme behind the application in this process, on a real store: users, logins, an administrator."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI

from authbench.contracts.card import Card
from authbench.contracts.message import ErrorReply
from loadtests.clients.client import Client, Login
from servers.application.app import create_app
from servers.authorization_server.clients import DEMO_REDIRECT
from servers.authorization_server.install import install as install_oauth
from servers.contract.scheme import Account, Offer, Scheme
from servers.contract.settings import ServerSettings
from servers.database.accounts import Accounts
from servers.database.engine import Database
from servers.discovery import find_scheme
from servers.passwords.hashing import Passwords
from servers.passwords.spray_brake import SprayBrake
from servers.passwords.throttle import FORGET_S
from servers.process.measuring import Measuring
from tests.servers.cheap_passwords import CheapPasswords
from tests.servers.redis_process import RedisProcess

ORIGIN = "http://bench.example"
OLD, NEW, OTHER = "the password of old", "the password of now", "a password of neither"
VERIFIER = "v" * 43
CHALLENGE = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"
"""Of the verifier (RFC 7636 section 4.2)."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    """What a client is told."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def fine(self) -> bool:
        return self.status < 300

    @property
    def cookies(self) -> list[str]:
        """Lines of Set-Cookie that keep something for the whole site."""
        lines = [value for name, value in self.headers if name == "set-cookie"]
        return [line for line in lines if "; Path=/;" in line and "Max-Age=0" not in line]

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


class World:
    """A scheme, its application, and what its clients and its administrator do."""

    def __init__(self, scheme: Scheme, app: FastAPI, passwords: Passwords) -> None:
        self.scheme = scheme
        self.app = app
        self.card: Card = scheme.card
        self.passwords = passwords
        self.accounts: Accounts = app.state.accounts
        self.oauth = False
        self._client = Client(self.card, ORIGIN)
        self._login_headers: Mapping[str, str] = {}
        # The administrator's operations need neither the server nor the count of requests.
        self._administrator = Measuring(app, None, None)  # type: ignore[arg-type]

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """One request, without a socket."""
        sent = [(b"host", b"bench.example"), (b"origin", ORIGIN.encode())]
        sent += [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        if body:
            sent.append((b"content-length", str(len(body)).encode()))
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": sent, "scheme": "http", "server": ("bench.example", 80), "http_version": "1.1",
            "root_path": "", "client": ("127.0.0.1", 1),
        }  # fmt: skip
        told: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            told.append(message)

        await self.app(scope, receive, send)
        pairs = [(name.decode(), value.decode()) for name, value in told[0]["headers"]]
        return Answer(told[0]["status"], pairs, b"".join(part.get("body", b"") for part in told[1:]))

    async def act(self, method: str, path: str, login: Login, body: object = None) -> Answer:
        """A request of whoever has this login."""
        headers = dict(self._client.headers(method, path, login.headers))
        content = b""
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        return await self.ask(method, path, headers, content)

    async def log_in(self, username: str, password: str = OLD) -> Answer:
        if not self._login_headers or "DPoP" in self._login_headers:
            lines = (await self.ask("GET", "/csrf")).cookies
            self._login_headers = self._client.login_headers(lambda: lines)
        headers = {**self._login_headers, "Content-Type": "application/json"}
        body = json.dumps({"username": username, "password": password}).encode()
        return await self.ask("POST", "/login", headers, body)

    def kept(self, answer: Answer) -> Login | None:
        """The credential a client keeps of an answer; None if it was given none."""
        return self._client.keep(answer.cookies, answer.json)

    async def logged_in(self, username: str, password: str = OLD) -> Login:
        """A login that must succeed."""
        answer = await self.log_in(username, password)
        login = self.kept(answer) if answer.fine else None
        assert login is not None, answer
        return login

    async def refresh(self, token: str) -> Answer:
        body = json.dumps({"refresh_token": token}).encode()
        return await self.ask("POST", "/refresh", {"Content-Type": "application/json"}, body)

    async def consent(self, username: str) -> str:
        """An authorization code of the demonstration's client."""
        fields = {
            "response_type": "code", "client_id": "demo-app", "redirect_uri": DEMO_REDIRECT, "scope": "user",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256", "decision": "allow",
            "username": username, "password": OLD,
        }  # fmt: skip
        answer = await self.ask("POST", "/oauth/authorize", _FORM, _form(fields))
        (place,) = [value for name, value in answer.headers if name == "location"]
        return place.partition("code=")[2].partition("&")[0]

    async def exchange(self, code: str) -> Answer:
        fields = {
            "grant_type": "authorization_code", "client_id": "demo-app", "code": code,
            "redirect_uri": DEMO_REDIRECT, "code_verifier": VERIFIER,
        }  # fmt: skip
        return await self.ask("POST", "/oauth/token", _FORM, _form(fields))

    async def refresh_grant(self, token: str) -> Answer:
        fields = {"grant_type": "refresh_token", "client_id": "demo-app", "refresh_token": token}
        return await self.ask("POST", "/oauth/token", _FORM, _form(fields))

    async def revoke_grant(self, token: str) -> Answer:
        return await self.ask(
            "POST", "/oauth/revoke", _FORM, _form({"client_id": "demo-app", "token": token})
        )

    async def administer(self, **request: str) -> Answer:
        """What an administrator's page asks, and whether it was told that it is done."""
        reply = await self._administrator._reply(json.dumps(request).encode())
        return Answer(503 if isinstance(reply, ErrorReply) else 204, [], b"")

    async def scopes(self, login: Login) -> list[str] | None:
        """What a credential is good for; None if it is refused."""
        answer = await self.act("GET", "/me", login)
        assert answer.status in (200, 401), answer
        return list(answer.json["scope"]) if answer.fine else None

    async def handle(self, login: Login) -> str:
        """The public name of a login."""
        if login.refresh_token is not None:
            return login.refresh_token.partition(".")[0]
        listed = (await self.act("GET", "/sessions", login)).json["sessions"]
        (own,) = [item["id"] for item in listed if item["current"]]
        return str(own)


def _form(fields: Mapping[str, str]) -> bytes:
    return urlencode(fields).encode()


@asynccontextmanager
async def world(name: str, redis: RedisProcess, users: int = 0, **settings: Any) -> AsyncIterator[World]:
    """The scheme of that name, started, and accounts user-0 on with the password `OLD`."""
    chosen: dict[str, Any] = {
        "redis_url": redis.url, "redis_key_prefix": f"endings-{name}:", "store_deadline_ms": 5000,
        "database_deadline_ms": 60_000, "demo_accounts": True, **settings,
    }  # fmt: skip
    scheme = find_scheme(name)(ServerSettings(scheme=name, **chosen))
    scheme.origin = ORIGIN
    scheme.prepare()
    database = Database(None, 60.0)
    passwords = CheapPasswords(2, 64)
    app = create_app(scheme, database, passwords)
    # Hundreds of users have the same old password here, and try it once more after they have changed it. For
    # the brake on spraying an hour goes by between any two attempts.
    app.state.sprays = SprayBrake(count(step=FORGET_S).__next__)
    await database.start()
    await scheme.start()
    made = World(scheme, app, passwords)
    oauth = None
    try:
        hashed = await passwords.hash(OLD)
        await made.accounts.add(*(Account(f"user-{number}", hashed, "user") for number in range(users)))
        if Offer.REFRESH in scheme.offers:
            oauth = await install_oauth(app, scheme)
            made.oauth = True
        yield made
        await scheme.delete_keys()
    finally:
        if oauth is not None:
            await oauth.stop()
        await scheme.stop()
        await database.stop()
        passwords.close()
