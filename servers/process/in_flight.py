"""How many requests are inside the application, by the server's own clock: the other half of Little's law.

A load generator that computes concurrency from its own log proves nothing with it. This count comes from the
other side of the wire.
"""

import time

from starlette.types import ASGIApp, Receive, Scope, Send


class InFlight:
    """Wraps the application. Two readings of a clock and four additions a request, on every scheme alike."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._count = 0
        self._begun_ns = 0
        self._ended_ns = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note how long it stayed."""
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
