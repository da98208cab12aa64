"""uvicorn's server, which reports when it accepts connections and closes those that take too long."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator

import uvicorn

from servers.process.http_protocol import BoundedProtocol

_TICKS = 10
"""uvicorn ticks ten times a second (`Server.main_loop`); connections are looked at once a second."""


class HttpServer(uvicorn.Server):
    """One server on sockets that are already bound. Its owner handles signals."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then call `ready`. Replaces uvicorn's, which leaves a TLS handshake asyncio's 60 s."""
        config, state = self.config, self.server_state
        protocol: type[BoundedProtocol] = config.http_protocol_class  # type: ignore[assignment]
        loop = asyncio.get_running_loop()
        await self.lifespan.startup()
        # Sets the headers of every answer. uvicorn does that once it runs, maybe after the first request.
        await super().on_tick(0)
        self.servers = [
            await loop.create_server(
                lambda: protocol(config, state, self.lifespan.state),
                sock=listening,
                ssl=config.ssl,
                backlog=config.backlog,
                ssl_handshake_timeout=protocol.first_byte_s if config.ssl else None,
                ssl_shutdown_timeout=protocol.linger_s if config.ssl else None,
            )
            for listening in sockets or []
        ]
        self.started = True
        await self._ready()

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                assert isinstance(connection, BoundedProtocol)  # noqa: S101 - uvicorn knows several
                connection.expire(now)
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing: uvicorn would raise the signal again at the end, and change the exit status."""
        yield
