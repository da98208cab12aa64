"""Layers around the application, for schemes that do something to an answer which they do not make."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servers.answers.problems import unavailable
from servers.contract.errors import StoreUnavailable

_WORK = "authbench.deferred_work"
_HEADERS = "authbench.added_headers"

Work = Callable[[], Awaitable[None]]


def defer(request: Request, name: str, work: Work) -> None:
    """Do `work` after the handler and before the answer, once a name. Needs the layer `DeferredWork`."""
    request.scope.setdefault(_WORK, {})[name] = work


def drop_deferred(request: Request) -> None:
    """Forget the work that `defer` was given for this request."""
    request.scope.pop(_WORK, None)


class DeferredWork:
    """A `Scheme.layer` that does deferred work before the answer begins, as session middleware does.

    If the store fails then, a read is answered 503; the answer to a state change stays.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        failed: StoreUnavailable | None = None

        async def send_afterwards(message: Message) -> None:
            nonlocal failed
            if message["type"] == "http.response.start":
                works: dict[str, Work] = scope.pop(_WORK, {})
                try:
                    for work in works.values():
                        await work()
                except StoreUnavailable as error:
                    if scope["method"] in ("GET", "HEAD"):
                        failed = error
            if failed is None:
                await send(message)

        await self.app(scope, receive, send_afterwards)
        if failed is not None:
            await unavailable(failed)(scope, receive, send)


def add_header(request: Request, header: tuple[str, str]) -> None:
    """Add a header to the answer to this request, whatever its status. Needs the layer `AddedHeaders`."""
    name, value = header
    request.scope.setdefault(_HEADERS, []).append((name.encode("latin-1"), value.encode("latin-1")))


class AddedHeaders:
    """A `Scheme.layer` that puts the headers of `add_header` into the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start" and _HEADERS in scope:
                message["headers"] = [*message["headers"], *scope[_HEADERS]]
            await send(message)

        await self.app(scope, receive, send_with_headers)
