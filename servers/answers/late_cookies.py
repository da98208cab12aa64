"""Cookies that a scheme sets on an answer somebody else makes: that of a read."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEY = "authbench.late_cookies"


def set_on_answer(request: Request, header: tuple[str, str]) -> None:
    """Have the answer to this request carry the header, whatever it will be.

    Only behind a scheme whose `layer` is `LateCookies`.
    """
    name, value = header
    request.scope.setdefault(_KEY, []).append((name.encode("latin-1"), value.encode("latin-1")))


class LateCookies:
    """A `Scheme.layer`: adds to an answer what `set_on_answer` was told while it was made."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and look at the answer's first message."""

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start" and _KEY in scope:
                message["headers"] = [*message["headers"], *scope[_KEY]]
            await send(message)

        await self.app(scope, receive, send_with_cookies)
