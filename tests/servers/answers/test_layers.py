"""Work that is deferred to the end of a request, and headers that are added to its answer."""

import asyncio
import json
from functools import partial

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from servers.answers.layers import AddedHeaders, DeferredWork, add_header, defer, drop_deferred
from servers.contract.errors import StoreUnavailable

WORK = ["one", "two"]


class Handler:
    """An application that leaves work for its end, and a note of what was done when."""

    def __init__(self, *, forget: bool = False, failing: bool = False) -> None:
        self.done: list[str] = []
        self._forget = forget
        self._failing = failing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        for name in (*WORK, "one"):
            defer(request, name, partial(self.work, name))
        if self._forget:
            drop_deferred(request)
        self.done.append("handled")
        await Response(b"the answer", 404)(scope, receive, send)

    async def work(self, name: str) -> None:
        await asyncio.sleep(0)
        if self._failing and name == "two":
            raise StoreUnavailable("no answer within 250 ms")
        self.done.append(name)


def ask(handler: Handler, method: str = "GET") -> httpx.Response:
    async def inside() -> httpx.Response:
        transport = httpx.ASGITransport(DeferredWork(handler))
        async with httpx.AsyncClient(transport=transport, base_url="http://bench.example") as client:
            return await client.request(method, "/")

    return asyncio.run(inside())


def test_after_the_handler_and_once_for_each_name() -> None:
    handler = Handler()
    answer = ask(handler)
    assert (answer.status_code, answer.content) == (404, b"the answer")
    assert handler.done == ["handled", *WORK]


def test_what_is_left_undone_is_not_done() -> None:
    handler = Handler(forget=True)
    assert ask(handler).status_code == 404
    assert handler.done == ["handled"]


def test_an_answer_whose_work_failed_is_not_given() -> None:
    answer = ask(Handler(failing=True))
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "1"
    assert json.loads(answer.content)["detail"] == "The session store does not answer."
    assert b"250" not in answer.content


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_what_a_state_change_was_told_stays_so(method: str) -> None:
    """It has been done by then: 503 would say that it was not."""
    answer = ask(Handler(failing=True), method)
    assert (answer.status_code, answer.content) == (404, b"the answer")


def test_nothing_is_done_before_the_answer_begins() -> None:
    order: list[str] = []

    async def note(name: str) -> None:
        order.append(name)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        defer(Request(scope), "work", partial(note, "work"))
        await Response(b"the answer")(scope, receive, send)

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        order.append(message["type"])

    async def receive() -> dict[str, str]:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(DeferredWork(application)(scope, receive, send))
    assert order == ["work", "http.response.start", "http.response.body"]


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_other_connections_pass_through(kind: str) -> None:
    seen: list[str] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def unused(*_: object) -> None:
        raise AssertionError("nothing is sent")

    asyncio.run(DeferredWork(application)({"type": kind}, unused, unused))  # type: ignore[arg-type]
    assert seen == [kind]


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Sets the cookies that the query names, then answers with one of its own."""
    request = Request(scope)
    for value in request.query_params.getlist("set"):
        add_header(request, ("set-cookie", value))
    await PlainTextResponse("body", 404, {"set-cookie": "own=1"})(scope, receive, send)


def asked(query: str) -> list[str]:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(AddedHeaders(answer))
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
