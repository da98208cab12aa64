"""One request that no client sends: what a session middleware would set as its cookie."""

from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Fill = Callable[[Request], Awaitable[None]]
"""Writes a session, as a login does."""


async def cookie_set_by(middleware: Callable[[ASGIApp], ASGIApp], fill: Fill) -> str:
    """The Cookie header of a client for which `fill` has written a session, name and value."""
    answer: list[Message] = []

    async def application(scope: Scope, _: Receive, send: Send) -> None:
        await fill(Request(scope))
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        answer.append(message)

    scope = {"type": "http", "method": "POST", "path": "/login", "root_path": "", "headers": []}
    await middleware(application)(scope, receive, send)
    return Headers(raw=answer[0]["headers"])["set-cookie"].partition(";")[0]
