"""What each layer reads into a request; what it must leave alone."""

import asyncio
from typing import Any

from servers.contract.scheme import Layer
from servers.vulnerable.cookies.loose_reading import OrdersOnGet, ReadsAnything, ReflectsOrigin


def passed(layer: Layer, method: str, query: bytes = b"", **headers: str) -> Any:
    """What the application is given, and what the client is answered."""
    seen: dict[str, Any] = {}
    answered: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.update(method=scope["method"], headers=dict(scope["headers"]), body=(await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"1")]})

    async def receive() -> Any:
        return {"type": "http.request", "body": b"sent", "more_body": False}

    async def send(message: Any) -> None:
        answered.append(message)

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "query_string": query, "headers": pairs}

    async def pass_through() -> None:
        await layer(application)(scope, receive, send)

    asyncio.run(pass_through())
    return seen, answered[0]


def test_every_post_is_declared_as_json() -> None:
    for seen, _ in (passed(ReadsAnything, "POST"), passed(ReadsAnything, "POST", content_type="text/plain")):
        assert seen["headers"][b"content-type"] == b"application/json"
        assert seen["body"] == b"sent"


def test_only_a_get_with_an_order_becomes_a_post() -> None:
    seen, _ = passed(OrdersOnGet, "GET", b"item=pen%3D&quantity=1")
    assert (seen["method"], seen["body"]) == ("POST", b'{"item": "pen=", "quantity": 1}')
    assert seen["headers"][b"content-type"] == b"application/json"
    for query in (b"", b"item=pen"):
        seen, _ = passed(OrdersOnGet, "GET", query)
        assert (seen["method"], seen["body"]) == ("GET", b"sent")


def test_only_a_request_that_names_its_origin_is_opened() -> None:
    _, answer = passed(ReflectsOrigin, "GET", origin="https://evil.test")
    assert dict(answer["headers"])[b"access-control-allow-origin"] == b"https://evil.test"
    assert dict(answer["headers"])[b"access-control-allow-credentials"] == b"true"
    _, answer = passed(ReflectsOrigin, "OPTIONS", origin="https://evil.test")
    assert answer["status"] == 204
    _, answer = passed(ReflectsOrigin, "GET")
    assert answer["headers"] == [(b"a", b"1")]
