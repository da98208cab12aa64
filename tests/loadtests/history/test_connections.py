"""Kept connections to a server that answers as asked."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

from loadtests.history.connections import Connections

Answer = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Serving:
    """A server, and what it has seen."""

    def __init__(self) -> None:
        self.writers: list[asyncio.StreamWriter] = []
        self.asked: list[int] = []
        """The number of the connection of each request."""
        self.tasks: list[asyncio.Task[None]] = []


@contextlib.asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[tuple[Serving, Connections]]:
    """A server whose every connection is over when it ends, and connections to it."""
    seen = Serving()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        seen.tasks.append(task)
        number = len(seen.writers)
        seen.writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                seen.asked.append(number)
                await answer(head, reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    connections = Connections("127.0.0.1", server.sockets[0].getsockname()[1])
    try:
        yield seen, connections
    finally:
        connections.close()
        server.close()
        await asyncio.gather(*seen.tasks)


def test_nobody_listens_is_no_reply() -> None:
    async def inside() -> None:
        with socket.socket() as bound:
            # Nobody else gets the port, and it does not listen.
            bound.bind(("127.0.0.1", 0))
            connections = Connections("127.0.0.1", bound.getsockname()[1])
            assert await connections.request("GET", "/", {}) is None
            connections.close()

    asyncio.run(inside())


def test_a_reply_comes_whole_with_its_cookies() -> None:
    start = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\nContent-Length: 8\r\n\r\n"

    async def answer(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not head.startswith(b"POST /login"):
            writer.write(b"no reply at all\r\n\r\n")
            return
        assert await reader.readexactly(2) == b"{}"
        writer.write(start + b'{"a"')
        await asyncio.sleep(0.01)
        writer.write(b": 1}")

    async def inside() -> None:
        async with serving(answer) as (seen, connections):
            for _ in range(2):
                reply = await connections.request("POST", "/login", {}, "{}")
                assert reply is not None
                assert (reply.status, reply.json()) == (200, {"a": 1})
                assert reply.set_cookies == ["a=1; Path=/", "b=2"]
            assert seen.asked == [0, 0]
            assert await connections.request("GET", "/", {}) is None

    asyncio.run(inside())


def test_kept_connections_are_used_in_turn_and_replaced_when_they_end() -> None:
    async def answer(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async def inside() -> None:
        async with serving(answer) as (seen, connections):
            await connections.open()
            await asyncio.gather(*(connections.request("GET", "/", {}) for _ in range(16)))
            kept = len(seen.writers)
            assert sorted(seen.asked) == list(range(kept))
            for writer in seen.writers:
                writer.transport.abort()
            await asyncio.sleep(0.05)
            reply = await connections.request("GET", "/", {})
            assert reply is not None
            assert reply.status == 204
            assert len(seen.writers) == kept + 1

    asyncio.run(inside())
