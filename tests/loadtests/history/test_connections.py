"""Kept connections to a server that answers as asked."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from loadtests.history.connections import Connections


def on(port: int, work: Callable[[Connections], Awaitable[None]]) -> None:
    async def inside() -> None:
        connections = Connections("127.0.0.1", port)
        try:
            await work(connections)
        finally:
            connections.close()

    asyncio.run(inside())


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


def test_nobody_listens_is_no_reply() -> None:
    async def work(connections: Connections) -> None:
        assert await connections.request("GET", "/", {}) is None

    on(closed_port(), work)


def test_a_reply_comes_whole_with_its_cookies() -> None:
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\nContent-Length: 8\r\n\r\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readuntil(b"\r\n\r\n")).startswith(b"POST /login"):
            await reader.readexactly(2)
            writer.write(answer + b'{"a"')
            await asyncio.sleep(0.01)
            writer.write(b": 1}")
        writer.write(b"no reply at all\r\n\r\n")

    async def inside() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        connections = Connections("127.0.0.1", server.sockets[0].getsockname()[1])
        for _ in range(2):  # on one connection
            reply = await connections.request("POST", "/login", {}, "{}")
            assert reply is not None
            assert (reply.status, reply.json(), reply.set_cookies) == (200, {"a": 1}, ["a=1; Path=/", "b=2"])
        assert await connections.request("GET", "/", {}) is None
        connections.close()
        server.close()

    asyncio.run(inside())


def test_kept_connections_are_used_in_turn_and_replaced_when_they_end() -> None:
    async def inside() -> None:
        writers: list[asyncio.StreamWriter] = []
        asked: list[int] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            number = len(writers)
            writers.append(writer)
            while await reader.readuntil(b"\r\n\r\n"):
                asked.append(number)
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        connections = Connections("127.0.0.1", server.sockets[0].getsockname()[1])
        await connections.open()
        for _ in range(len(writers)):
            await connections.request("GET", "/", {})
        assert sorted(asked) == list(range(len(writers)))
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0.05)
        reply = await connections.request("GET", "/", {})
        assert reply is not None
        assert reply.status == 204
        connections.close()
        server.close()

    asyncio.run(inside())
