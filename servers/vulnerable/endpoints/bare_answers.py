"""Answers without the headers that tell a browser what it must not do with them."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.vulnerable.vulnerable import Vulnerable

_OF_PAGES = (b"content-security-policy", b"x-frame-options", b"referrer-policy")


class _Bare:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The server's own headers are put in front of the application's by uvicorn, behind every layer:
        # `receive` is a method of its request cycle, which has them.
        receive.__self__.default_headers = []  # type: ignore[attr-defined]

        async def bare(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                message["headers"] = [each for each in headers if each[0].lower() not in _OF_PAGES]
            await send(message)

        await self.app(scope, receive, bare)


class VulnerableBareAnswers(Vulnerable, Hs256Tokens):
    """Sends no nosniff, no HSTS, and pages that anybody may frame or add script to."""

    name = "vulnerable-bare-answers"
    falls_to = ("A10", "A11")
    layer = _Bare
