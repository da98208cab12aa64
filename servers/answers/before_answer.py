"""Work a request leaves for its end: it is done before the first byte of the answer, whatever that will be.

Where session middleware saves: the handler has run, the client has not been answered.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servers.answers.problems import store_unavailable
from servers.contract.errors import StoreUnavailable

_KEY = "authbench.before_answer"

Work = Callable[[], Awaitable[None]]


def before_answer(request: Request, name: str, work: Work) -> None:
    """Have `work` done at the end of the request, once for each name.

    Only behind a scheme whose `layer` is `BeforeAnswer`.
    """
    request.scope.setdefault(_KEY, {})[name] = work


def leave_undone(request: Request) -> None:
    """Forget what the request has left for its end."""
    request.scope.pop(_KEY, None)


_CHANGES_NOTHING = {"GET", "HEAD"}


class BeforeAnswer:
    """A `Scheme.layer`: does what `before_answer` was told. A read is 503 if the store did not do it.

    A state change was done by then, or refused: its answer says which, and stays what it is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and hold back the answer until the work is done."""
        failed: StoreUnavailable | None = None

        async def send_afterwards(message: Message) -> None:
            nonlocal failed
            if message["type"] == "http.response.start":
                works: dict[str, Work] = scope.pop(_KEY, {})
                try:
                    for work in works.values():
                        await work()
                except StoreUnavailable as error:
                    if scope["method"] in _CHANGES_NOTHING:
                        failed = error
            if failed is None:
                await send(message)

        await self.app(scope, receive, send_afterwards)
        if failed is not None:
            await store_unavailable(failed)(scope, receive, send)
