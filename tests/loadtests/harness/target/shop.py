"""A small real service for tests: cookies with a CSRF token, tokens with refresh, mistakes to make."""

import base64
import hashlib
import itertools
import json
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from loadtests.harness.hosts.this_host import ThisHost
from loadtests.harness.processes.placement import available_processors, plan_layout

HERE = ThisHost(plan_layout(available_processors()), Path())
"""This machine; nothing is started on it, so no folder is needed."""
PASSWORD = "right and long"
USERS = [f"user-{number:03d}" for number in range(40)]


class NumberedConnection(HttpToolsProtocol):
    """A connection whose requests have its number in their state: ports are used again, numbers are not."""

    _numbers = itertools.count()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Make the protocol of one connection, as uvicorn does."""
        super().__init__(*arguments, **options)
        self.number = next(self._numbers)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["connection"] = self.number


class Shop:
    """Its sessions and tokens are in memory."""

    def __init__(self, token_s: float = 600, *, hashes: bool = False, users: Sequence[str] = USERS) -> None:
        self.users = frozenset(users)
        self.read_over: dict[int, set[str]] = {}
        """Connection -> users who asked for /me over it."""
        self.logged_in_over: set[int] = set()
        self.sessions: dict[str, str] = {}
        self.tokens: dict[str, tuple[str, float]] = {}
        self.refresh_tokens: dict[str, str] = {}
        self.token_s = token_s
        self.hashes = hashes
        self.refused = 0
        """Requests with a token that had expired."""
        self.url = ""

    def application(self) -> Starlette:
        get = {"/csrf": self.csrf, "/me": self.me, "/token/me": self.token_me, "/open": self.open}
        get |= {
            "/moving": self.moving,
            "/chunked": self.chunked,
            "/rolling": self.rolling,
            "/slow": self.slow,
        }
        post = {"/login": self.login, "/form": self.form, "/redirecting": self.redirecting}
        post |= {"/limited": self.limited, "/deleting": self.deleting, "/typed": self.typed}
        post |= {"/token": self.token, "/refresh": self.refresh, "/anybody": self.anybody}
        routes = [Route(path, endpoint) for path, endpoint in get.items()]
        return Starlette(routes=[*routes, *(Route(p, e, methods=["POST"]) for p, e in post.items())])

    def _logged_in(self, username: str) -> str:
        value = secrets.token_urlsafe(16)
        self.sessions[value] = username
        return value

    def _right(self, fields: dict[str, Any]) -> bool:
        if self.hashes:
            _hash()
        return fields.get("username") in self.users and fields.get("password") == PASSWORD

    async def csrf(self, request: Request) -> Response:
        token = secrets.token_urlsafe(8)
        reply = JSONResponse({"token": token}, headers={"X-Token": token})
        reply.set_cookie("csrf", token)
        return reply

    async def login(self, request: Request) -> Response:
        self.logged_in_over.add(request.state.connection)
        fields = await request.json()
        if not request.cookies.get("csrf") or request.headers.get("x-csrf-token") != request.cookies["csrf"]:
            return JSONResponse({}, 403)
        return self._with_cookie(fields, JSONResponse({"ok": True}))

    async def form(self, request: Request) -> Response:
        fields = {key: values[0] for key, values in parse_qs((await request.body()).decode()).items()}
        if fields.get("csrf") != request.cookies.get("csrf"):
            return JSONResponse({}, 403)
        return self._with_cookie(fields, RedirectResponse("/me", 302))

    async def redirecting(self, request: Request) -> Response:
        return RedirectResponse("/login-page", 302)

    async def limited(self, request: Request) -> Response:
        return JSONResponse({}, 429, headers={"Retry-After": "7"})

    async def deleting(self, request: Request) -> Response:
        reply = JSONResponse({})
        reply.set_cookie("sid", "deleted", max_age=0)
        return reply

    async def typed(self, request: Request) -> Response:
        """Like /form, for a service that speaks a type of its own and knows other origins."""
        kind, origin, cookies = (request.headers.getlist(n) for n in ("content-type", "origin", "cookie"))
        right = kind == ["application/vnd.shop+json"] and origin == ["https://shop.test"]
        if not right or len(cookies) != 1 or not cookies[0].startswith("lang=en; csrf="):
            return JSONResponse({}, 415)
        return self._with_cookie(await request.json(), JSONResponse({}))

    async def anybody(self, request: Request) -> Response:
        reply = JSONResponse({})
        reply.set_cookie("sid", self._logged_in(USERS[0]), max_age=600)
        return reply

    def _with_cookie(self, fields: dict[str, Any], reply: Response) -> Response:
        if not self._right(fields):
            return JSONResponse({}, 401)
        reply.set_cookie("sid", self._logged_in(fields["username"]), max_age=600)
        reply.set_cookie("forever", self._logged_in(fields["username"]))
        return reply

    def _issue(self, username: str) -> Response:
        claims = json.dumps({"sub": username, "jti": secrets.token_hex(4)}).encode()
        token = f"h.{base64.urlsafe_b64encode(claims).rstrip(b'=').decode()}.s"
        self.tokens[token] = username, time.monotonic() + self.token_s
        refresh = secrets.token_urlsafe(16)
        self.refresh_tokens[refresh] = username
        body = {"access": {"token": token}, "refresh": refresh, "expires_in": self.token_s}
        return JSONResponse(body, headers={"X-Access": token})

    async def token(self, request: Request) -> Response:
        fields = await request.json()
        return self._issue(fields["username"]) if self._right(fields) else JSONResponse({}, 401)

    async def refresh(self, request: Request) -> Response:
        username = self.refresh_tokens.pop((await request.json())["refresh"], None)
        return self._issue(username) if username else JSONResponse({}, 401)

    def _user(self, request: Request) -> str | None:
        return self.sessions.get(request.cookies.get("sid", ""))

    async def me(self, request: Request) -> Response:
        user = self._user(request)
        if user:
            self.read_over.setdefault(request.state.connection, set()).add(user)
        return JSONResponse({"name": user}) if user else JSONResponse({}, 401)

    async def token_me(self, request: Request) -> Response:
        user, until_s = self.tokens.get(request.headers.get("authorization", "")[7:], ("", 0.0))
        if until_s > time.monotonic():
            return JSONResponse({"name": user})
        self.refused += bool(user)
        return JSONResponse({}, 401)

    async def open(self, request: Request) -> Response:
        return JSONResponse({"name": self._user(request) or USERS[0]})

    async def moving(self, request: Request) -> Response:
        user = self._user(request)
        return JSONResponse({"name": user, "now": time.time_ns()}) if user else JSONResponse({}, 401)

    async def chunked(self, request: Request) -> Response:
        async def parts() -> Any:
            yield b"{}"

        return StreamingResponse(parts()) if self._user(request) else JSONResponse({}, 401)

    async def rolling(self, request: Request) -> Response:
        user = self._user(request)
        reply = JSONResponse({"name": user}, 200 if user else 401)
        if user:
            reply.set_cookie("sid", self._logged_in(user), max_age=600)
        return reply

    async def slow(self, request: Request) -> Response:
        user = self._user(request)
        if user:
            _hash()
            _hash()
        return JSONResponse({"name": user}, 200 if user else 401)


def _hash() -> None:
    hashlib.scrypt(b"x", salt=b"y" * 16, n=2**14, r=8, p=1)


@contextmanager
def running(shop: Shop) -> Iterator[Shop]:
    """Serve the shop in a thread, on a free port of the loopback."""
    config = uvicorn.Config(
        shop.application(),
        host="127.0.0.1",
        port=0,
        http=NumberedConnection,
        log_level="warning",
        lifespan="on",
        ws="none",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
        assert thread.is_alive()
    shop.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield shop
    finally:
        server.should_exit = True
        thread.join()


def session_variant(**changes: Any) -> dict[str, Any]:
    """A recipe that is right: a cookie, and a token that is repeated in a header."""
    login = {
        "path": "/login",
        "body": {"username": "{username}", "password": "{password}"},
        "csrf": {"path": "/csrf", "token": {"cookie": "csrf"}, "send_header": "X-CSRF-Token"},
    }
    right = {
        "name": "session",
        "login": login,
        "credential": {"cookie": "sid"},
        "lifetime": {"cookie": True},
        "endpoints": [{"path": "/me", "contains": "{username}"}],
    }
    return {**right, **changes}


def token_variant(**changes: Any) -> dict[str, Any]:
    """A recipe that is right: a bearer token that is refreshed."""
    right = {
        "name": "token",
        "login": {"path": "/token", "body": {"username": "{username}", "password": "{password}"}},
        "credential": {"pointer": "/access/token"},
        "lifetime": {"pointer": "/expires_in"},
        "refresh": {
            "path": "/refresh",
            "body": {"refresh": "{refresh_token}"},
            "token": {"pointer": "/refresh"},
        },
        "endpoints": [{"path": "/token/me", "contains": "{username}"}],
    }
    return {**right, **changes}
