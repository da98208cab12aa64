import asyncio

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from servers.answers.late_cookies import LateCookies, set_on_answer


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Sets the cookies that the query names, then answers with one of its own."""
    request = Request(scope)
    for value in request.query_params.getlist("set"):
        set_on_answer(request, ("set-cookie", value))
    await PlainTextResponse("body", 404, {"set-cookie": "own=1"})(scope, receive, send)


def asked(query: str) -> list[str]:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(LateCookies(answer))
        async with httpx.AsyncClient(transport=transport, base_url="http://bench.example") as client:
            return await client.get("/" + query)

    reply = asyncio.run(ask())
    assert (reply.status_code, reply.text) == (404, "body")
    return reply.headers.get_list("set-cookie")


def test_cookies_join_the_answer_whatever_it_is() -> None:
    assert asked("?set=a=1") == ["own=1", "a=1"]
    assert asked("?set=a=1&set=b=2") == ["own=1", "a=1", "b=2"]


def test_an_answer_that_was_told_nothing_stays_as_it_is() -> None:
    assert asked("") == ["own=1"]
