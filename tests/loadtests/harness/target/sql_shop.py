"""A small real service for tests whose sessions are rows of PostgreSQL."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.loadtests.harness.target.shop import USERS, Shop


class SqlShop(Shop):
    """It has one connection, and a transaction for each request: BEGIN, statements, COMMIT."""

    def __init__(self, database_url: str, users: Sequence[str] = USERS) -> None:
        super().__init__(users=users)
        self._database_url = database_url
        self._one_at_a_time = asyncio.Lock()
        self._connection: Any = None

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/login", self.login, methods=["POST"]),
                Route("/me", self.me),
                Route("/touched", self.touched),
            ],
            lifespan=self._connected,
        )

    @asynccontextmanager
    async def _connected(self, _: Starlette) -> AsyncIterator[None]:
        self._connection = await asyncpg.connect(self._database_url)
        await self._connection.execute(
            "CREATE TABLE sessions (id text PRIMARY KEY, username text NOT NULL, seen int NOT NULL DEFAULT 0)"
        )
        yield
        await self._connection.close()

    async def login(self, request: Request) -> Response:
        fields = await request.json()
        if not self._right(fields):
            return JSONResponse({}, 401)
        session = secrets.token_urlsafe(16)
        async with self._one_at_a_time:
            await self._connection.execute(
                "INSERT INTO sessions VALUES ($1, $2)", session, fields["username"]
            )
        reply = JSONResponse({})
        reply.set_cookie("sid", session, max_age=600)
        return reply

    async def me(self, request: Request) -> Response:
        return await self._read(request, touch=False)

    async def touched(self, request: Request) -> Response:
        return await self._read(request, touch=True)

    async def _read(self, request: Request, *, touch: bool) -> Response:
        session = request.cookies.get("sid")
        if session is None:
            return JSONResponse({}, 401)
        async with self._one_at_a_time, self._connection.transaction():
            user = await self._connection.fetchval(
                "/* who is it? */ SELECT username FROM sessions WHERE id = $1", session
            )
            if touch and user:
                await self._connection.execute("UPDATE sessions SET seen = seen + 1 WHERE id = $1", session)
        return JSONResponse({"name": user}) if user else JSONResponse({}, 401)
