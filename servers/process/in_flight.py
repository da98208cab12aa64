"""Count the requests inside the application: a check of the load generator's figures by Little's law."""

import time

from starlette.types import ASGIApp, Receive, Scope, Send


class InFlight:
    """Wraps the application: two clock readings and four additions a request, behind every scheme alike."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._count = 0
        self._begun_ns = 0
        self._ended_ns = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun_ns = time.monotonic_ns()
        self._count += 1
        self._begun_ns += begun_ns
        try:
            await self.app(scope, receive, send)
        finally:
            self._count -= 1
            self._begun_ns -= begun_ns
            self._ended_ns += time.monotonic_ns() - begun_ns

    def integral_ns(self) -> int:
        """Time integral of the requests inside, until now: request-nanoseconds.

        Its growth over a window, divided by the window's length, is the mean number of requests inside.
        """
        return self._ended_ns + self._count * time.monotonic_ns() - self._begun_ns
