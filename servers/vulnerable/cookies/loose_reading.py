"""Layers that read more into a request than it says: another content type, another method, another origin."""

import json
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_JSON = (b"content-type", b"application/json")


class ReadsAnything:
    """Takes every body for JSON, whatever it is declared as (FastAPI's strict_content_type=False)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            kept = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
            scope = {**scope, "headers": [*kept, _JSON]}
        await self.app(scope, receive, send)


class OrdersOnGet:
    """Takes GET /orders?item=...&quantity=... for an order."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        if scope["type"] == "http" and scope["method"] == "GET" and {"item", "quantity"} <= query.keys():
            body = json.dumps({"item": query["item"][0], "quantity": int(query["quantity"][0])}).encode()

            async def from_query() -> Message:
                return {"type": "http.request", "body": body, "more_body": False}

            scope = {**scope, "method": "POST", "headers": [*scope["headers"], _JSON]}
            receive = from_query
        await self.app(scope, receive, send)


class ReflectsOrigin:
    """Lets pages of every origin read the answers to requests with credentials."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origins = [value for name, value in scope.get("headers", ()) if name == b"origin"]

        async def send_open(message: Message) -> None:
            if message["type"] == "http.response.start" and origins:
                allowed = [
                    (b"access-control-allow-origin", origins[0]),
                    (b"access-control-allow-credentials", b"true"),
                    (b"access-control-allow-headers", b"content-type"),
                ]
                status = 204 if scope["method"] == "OPTIONS" else message["status"]
                message = {**message, "status": status, "headers": [*message["headers"], *allowed]}
            await send(message)

        await self.app(scope, receive, send_open)
