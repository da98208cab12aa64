"""A server that answers as a test asks, rightly or wrongly.

It runs in a thread with an event loop of its own. The path says how it answers: see the `_answer_*` methods.
The right body for a request is `body_of(<its X-User header>)`. It counts what arrives; nothing is random.
"""

import asyncio
import contextlib
import functools
import socket
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, NamedTuple, Self

Send = Callable[[bytes], Awaitable[None]]
_SEGMENT_PAUSE_S = 0.002  # lets the client read one segment before the next is there
_SLOW_S = 0.1


def body_of(user: str) -> bytes:
    """What a correct answer to this user holds."""
    return b'{"user": "%s"}' % user.encode()


def reply(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """A reply framed by Content-Length."""
    lines = [f"HTTP/1.1 {status}", "Server: null", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Asked(NamedTuple):
    """One request as it arrived, in its order."""

    method: str
    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def user(self) -> str:
        """Whose credential it carried."""
        return self.headers.get("x-user", "")


class ScriptedServer:
    """`with ScriptedServer() as server:` listens on `server.port` of `host` until the block ends."""

    def __init__(self, answers_all: str = "", host: str = "127.0.0.1") -> None:
        """`answers_all`: answer every path as this one."""
        self.answers_all = answers_all
        self._host = host
        self.requests = 0
        self.connections = 0
        self.users: Counter[str] = Counter()
        self.asked: list[Asked] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._released = asyncio.Event()
        self._handlers: dict[asyncio.Task[None], socket.socket] = {}

    def __enter__(self) -> Self:
        self._listening = socket.create_server((self._host, 0), backlog=2048)
        self._listening.setblocking(False)
        self.port = self._listening.getsockname()[1]
        self._loop.add_reader(self._listening, self._accept)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def release(self) -> None:
        """Let every request to /held be answered."""
        self._loop.call_soon_threadsafe(self._released.set)

    def hang_up(self) -> None:
        """Close every connection there is; those that come later are served."""
        self._run(self._close_connections())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    async def _close_connections(self) -> None:
        handlers = dict(self._handlers)
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        for peer in handlers.values():
            peer.close()

    async def _shut(self) -> None:
        self._loop.remove_reader(self._listening)
        self._listening.close()
        await self._close_connections()

    def _accept(self) -> None:
        peer, _ = self._listening.accept()
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1
        handler = self._loop.create_task(self._handle(peer))
        self._handlers[handler] = peer
        handler.add_done_callback(self._handlers.pop)

    async def _handle(self, peer: socket.socket) -> None:
        with peer, contextlib.suppress(ConnectionError):
            while await self._serve(peer):
                pass

    async def _serve(self, peer: socket.socket) -> bool:
        """Answer one request; whether to go on with this connection."""
        received = b""
        while b"\r\n\r\n" not in received:
            segment = await self._loop.sock_recv(peer, 65536)
            if not segment:
                return False
            received += segment
        head, _, content = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        while len(content) < int(headers.get("content-length", 0)):
            content += await self._loop.sock_recv(peer, 65536)
        if path == "/":  # a connection's first request, which is nobody's
            await self._loop.sock_sendall(peer, reply(b"{}", "404 Not Found"))
            return True
        self.asked.append(Asked(method, path, headers, content))
        self.requests += 1
        user = self.asked[-1].user
        self.users[user] += 1
        answer: Callable[[Send, bytes], Awaitable[bool | None]]
        answer = getattr(self, f"_answer_{(self.answers_all or path)[1:].replace('-', '_')}")
        return await answer(functools.partial(self._loop.sock_sendall, peer), body_of(user)) is not False

    async def _in_segments(self, send: Send, *segments: bytes) -> None:
        for segment in segments:
            await send(segment)
            await asyncio.sleep(_SEGMENT_PAUSE_S)

    async def _answer_whole(self, send: Send, body: bytes) -> None:
        await send(reply(body))

    _answer_me = _answer_login = _answer_refresh = _answer_whole

    async def _answer_orders(self, send: Send, body: bytes) -> None:
        created = self.asked[-1].method == "POST"
        await send(reply(body, "201 Created" if created else "200 OK"))

    async def _answer_logout(self, send: Send, body: bytes) -> None:
        await send(b"HTTP/1.1 204 No Content\r\nServer: null\r\n\r\n")

    async def _answer_public(self, send: Send, body: bytes) -> None:
        await send(reply(b"{}", "503 Service Unavailable"))

    async def _answer_two_segments(self, send: Send, body: bytes) -> None:
        """As uvicorn does: the head, then the body."""
        whole = reply(body)
        await self._in_segments(send, whole[: -len(body)], body)

    async def _answer_mid_head(self, send: Send, body: bytes) -> None:
        whole = reply(body)
        await self._in_segments(send, whole[:5], whole[5:30], whole[30:-3], whole[-3:])

    async def _answer_bytewise(self, send: Send, body: bytes) -> None:
        for byte in reply(body):
            await send(bytes([byte]))
            await asyncio.sleep(0)

    async def _answer_slow(self, send: Send, body: bytes) -> None:
        await asyncio.sleep(_SLOW_S)
        await send(reply(body))

    async def _answer_held(self, send: Send, body: bytes) -> None:
        await self._released.wait()
        await send(reply(body))

    async def _answer_never(self, send: Send, body: bytes) -> None:
        await asyncio.Event().wait()

    async def _answer_close(self, send: Send, body: bytes) -> bool:
        """Close under the request."""
        return False

    async def _answer_half(self, send: Send, body: bytes) -> bool:
        """Close in the middle of the reply."""
        await self._in_segments(send, reply(body)[:-4])
        return False

    async def _answer_then_close(self, send: Send, body: bytes) -> bool:
        """Answer, and close the idle connection without having said so."""
        await self._in_segments(send, reply(body))
        return False

    async def _answer_saying_close(self, send: Send, body: bytes) -> bool:
        await send(reply(body, "200 OK", "Connection: close"))
        return False

    async def _answer_stray(self, send: Send, body: bytes) -> None:
        """Answer, then go on sending."""
        await self._in_segments(send, reply(body), b"HTTP/1.1 200 OK\r\n")

    async def _answer_garbage(self, send: Send, body: bytes) -> None:
        await send(b"SSH-2.0-OpenSSH_9.2\r\n")

    async def _answer_chunked(self, send: Send, body: bytes) -> None:
        await send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")

    async def _answer_unframed(self, send: Send, body: bytes) -> None:
        await send(b"HTTP/1.1 200 OK\r\nServer: null\r\n\r\n" + body)

    _answer_204 = _answer_logout

    async def _answer_401(self, send: Send, body: bytes) -> None:
        await send(reply(b"{}", "401 Unauthorized"))

    async def _answer_503(self, send: Send, body: bytes) -> None:
        await send(reply(b"{}", "503 Service Unavailable"))

    async def _answer_500(self, send: Send, body: bytes) -> None:
        await send(reply(b"{}", "500 Internal Server Error"))

    async def _answer_another_user(self, send: Send, body: bytes) -> None:
        await send(reply(body_of("somebody else")))
