"""uvicorn's server, which says when it accepts connections and looks after those that have them."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator

import uvicorn

from servers.process.http_protocol import BoundedProtocol

_TICKS = 10
"""uvicorn ticks ten times a second (`Server.main_loop`); connections are looked at once a second."""


class HttpServer(uvicorn.Server):
    """One server on sockets that are bound already. It leaves signals to its owner."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], Awaitable[None]]) -> None:
        """`ready` is awaited when connections are accepted."""
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell. As uvicorn does, which sets no time for TLS: asyncio's is a minute."""
        config, state = self.config, self.server_state
        protocol: type[BoundedProtocol] = config.http_protocol_class  # type: ignore[assignment]
        loop = asyncio.get_running_loop()
        await self.lifespan.startup()
        # The fields of every answer: uvicorn sets them once it runs, which may be after the first request.
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
        """See to connections that have taken too long."""
        if counter % _TICKS == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                assert isinstance(connection, BoundedProtocol)  # noqa: S101 - uvicorn knows several
                connection.expire(now)
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: uvicorn would raise the signal again at the end, and the exit status would be its."""
        yield
