"""Requests for schemes and their parts, without a server around them."""

from starlette.requests import Request
from starlette.types import Message


async def _no_body() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def request(*headers: tuple[str, str], scheme: str = "http", method: str = "GET") -> Request:
    """A request without a body and with these headers, as uvicorn gives them: lower-case names, latin-1."""
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return Request(
        {"type": "http", "method": method, "path": "/", "raw_path": b"/", "scheme": scheme, "headers": raw},
        _no_body,
    )
