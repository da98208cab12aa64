"""Answers and logs that say too much, or too little."""

import sys

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servers.contract.claims import Identity
from servers.contract.errors import Unauthenticated
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.vulnerable.vulnerable import Vulnerable


class _WithoutHeader:
    """An ASGI layer that takes headers out of every answer."""

    dropped: tuple[bytes, ...] = ()

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def without(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    each for each in message["headers"] if each[0].lower() not in self.dropped
                ]
            await send(message)

        await self.app(scope, receive, without)


class _Cacheable(_WithoutHeader):
    dropped = (b"cache-control",)


class _Unchallenged(_WithoutHeader):
    dropped = (b"www-authenticate",)


class _Forgetful(_WithoutHeader):
    dropped = (b"clear-site-data",)


class VulnerableCaching(Vulnerable, Hs256Tokens):
    """Says nothing about caches."""

    name = "vulnerable-caching"
    falls_to = ("A6",)
    layer = _Cacheable


class VulnerableChallenges(Vulnerable, Hs256Tokens):
    """Refuses without a word on how to authenticate, and tells why a token is not good."""

    name = "vulnerable-challenges"
    falls_to = ("A7",)
    layer = _Unchallenged

    async def authenticate(self, request: Request) -> Identity:
        try:
            return await super().authenticate(request)
        except Unauthenticated:
            dots = request.headers.get("authorization", "").count(".")
            raise Unauthenticated(f"The token is not valid: {dots} dots.") from None


class VulnerableLeftovers(Vulnerable, Hs256Tokens):
    """Ends the login, and leaves all that its pages stored in the browser."""

    name = "vulnerable-leftovers"
    falls_to = ("A9",)
    layer = _Forgetful


class VulnerableLog(Vulnerable, Hs256Tokens):
    """Logs every request with its headers."""

    name = "vulnerable-log"
    falls_to = ("A8",)

    async def authenticate(self, request: Request) -> Identity:
        print(request.url.path, dict(request.headers), file=sys.stderr, flush=True)
        return await super().authenticate(request)
