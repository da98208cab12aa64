"""One connection of the lean HTTP/1.1 client: a non-blocking socket driven by callbacks.

A request costs one send() in the caller's callback and one recv() for each piece of the reply in the socket's
callback, and no greenlet. One request at a time, no pipelining. Nothing is ever sent a second time: a
connection that ends under a request ends that request.
"""

import contextlib
import errno
import os
import socket
import time
from collections.abc import Callable
from typing import Any, Protocol

from gevent.monkey import get_original

from authbench.contracts.records import Outcome
from loadtests.http.framing import HeadReader, Malformed
from loadtests.http.readiness import READ, WRITE, Readiness

# Larger replies take several reads. A larger buffer costs every reply: Python allocates all of it first.
READ_BYTES = 16384
# Locust patches the socket module; a patched recv() would switch greenlets instead of returning at once.
_Socket: type[socket.socket] = get_original("socket", "socket")
_now_ns = time.monotonic_ns


class Sink(Protocol):
    """Who learns how a request ended: exactly one of `replied` and `lost` for each send. Times are monotonic
    ns.
    """

    def replied(self, row: int, sent_ns: int, done_ns: int, status: int, body: bytes, bytes_in: int) -> None:
        """A whole reply was read; `bytes_in` is its length, head included."""

    def lost(
        self, row: int, sent_ns: int, done_ns: int, outcome: Outcome, bytes_out: int, bytes_in: int
    ) -> None:
        """No whole reply will come. `sent_ns` is -1 if no connection was made."""

    def broke(self, error: Exception) -> None:
        """The generator failed: what it recorded cannot be used."""


class Pool(Protocol):
    """Who made a connection: `loadtests.http.pool.ConnectionPool`."""

    fresh: bool
    in_flight: int
    idle: dict["Connection", None]
    readiness: Readiness
    heads: HeadReader

    def connection_made(self, connection: "Connection") -> None:
        """The connection can now be used."""

    def connect_failed(self, error: OSError) -> None:
        """The connection cannot be made, and ends next."""

    def lost_idle(self, connection: "Connection") -> None:
        """The connection ended without a request on it."""

    def drop(self, connection: "Connection") -> None:
        """Close the connection and forget it."""

    def broke(self, error: Exception) -> None:
        """A callback raised this error."""


class Connection:
    """One socket: connecting, idle, or busy with one request. Its pool makes it, keeps it and closes it."""

    __slots__ = (
        "_address",
        "_began_ns",
        "_fd",
        "_pool",
        "_received",
        "_recv",
        "_request",
        "_row",
        "_send",
        "_sent",
        "_sent_ns",
        "_socket",
        "connected",
        "sink",
    )

    def __init__(self, pool: Pool, family: socket.AddressFamily, address: Any) -> None:
        """Begin to connect. OSError if that fails at once."""
        self._began_ns = _now_ns() if pool.fresh else -1
        self._pool = pool
        self._address = address
        self.connected = False
        self.sink: Sink | None = None
        self._row = -1
        self._request = b""
        self._sent = 0
        self._sent_ns = -1
        self._received = b""
        self._socket = _Socket(family, socket.SOCK_STREAM)
        self._fd = self._socket.fileno()
        self._send: Callable[[bytes], int] = self._socket.send
        self._recv: Callable[[int], bytes] = self._socket.recv
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with contextlib.suppress(BlockingIOError):  # EINPROGRESS: it goes on by itself
                self._socket.connect(address)
            pool.readiness.watch(self._fd, WRITE, self._on_writable)
        except OSError:
            self._socket.close()
            raise

    @property
    def used(self) -> bool:
        return self._sent_ns >= 0

    def give(self, request: bytes, row: int, sink: Sink) -> None:
        self._request = request
        self._row = row
        self.sink = sink
        if self.connected:
            self._begin_send()

    def close(self) -> None:
        """Close the socket. The request on it, if any, is the caller's to conclude."""
        self._pool.readiness.forget(self._fd)
        self._socket.close()

    def end(self, done_ns: int, outcome: Outcome) -> None:
        """Close the connection, and conclude the request on it."""
        sink = self.sink
        self._pool.drop(self)
        if sink is not None:
            if not self.connected:
                outcome = Outcome.CONNECT_FAILED
            self._pool.in_flight -= 1
            self.sink = None
            sink.lost(self._row, self._sent_ns, done_ns, outcome, self._sent, len(self._received))

    def _begin_send(self) -> None:
        # A request with a connection of its own began when its client began to connect.
        self._sent_ns = _now_ns() if self._began_ns < 0 else self._began_ns
        try:
            self._sent = self._send(self._request)
        except BlockingIOError:
            self._sent = 0
        except OSError:
            self._sent = 0
            self.end(_now_ns(), Outcome.CLOSED)
            return
        if self._sent < len(self._request):
            self._pool.readiness.change(self._fd, READ | WRITE, self._on_either)

    def _on_writable(self, events: int) -> None:  # noqa: ARG002 - an error is writable too
        """The socket is connected, or could not be."""
        try:
            number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            # With nobody listening on a port that the kernel also hands out, a socket can be given that very
            # port and connect to itself (RFC 9293 section 3.5, simultaneous open): it would read its request
            # as the reply.
            if not number and self._socket.getsockname() == self._address:
                number = errno.ECONNREFUSED
            if number:
                self._pool.connect_failed(OSError(number, os.strerror(number)))
                self.end(_now_ns(), Outcome.CONNECT_FAILED)
                return
            self._established()
        except Exception as error:  # gevent's hub would print it and go on
            self._pool.broke(error)

    def _established(self) -> None:
        self.connected = True
        self._pool.readiness.change(self._fd, READ, self._on_readable)
        self._pool.connection_made(self)
        if self.sink is not None:
            self._begin_send()

    def _on_either(self, events: int) -> None:
        """Part of the request is still to be sent; the reply may come first all the same."""
        if events & WRITE:
            try:
                self._sent += self._send(self._request[self._sent :])
                if self._sent == len(self._request):
                    self._pool.readiness.change(self._fd, READ, self._on_readable)
            except BlockingIOError:
                pass
            except OSError:
                self.end(_now_ns(), Outcome.CLOSED)
                return
            except Exception as error:  # gevent's hub would print it and go on
                self._pool.broke(error)
                return
        if events & ~WRITE:
            self._on_readable(events)

    def _on_readable(self, events: int) -> None:  # noqa: ARG002 - an end and an error are read too
        try:
            try:
                data = self._recv(READ_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""  # a reset ends the connection as EOF does
            now_ns = _now_ns()
            sink = self.sink
            if sink is None:
                self._pool.lost_idle(self)
            elif data:
                self._take(sink, data, now_ns)
            else:
                self.end(now_ns, Outcome.CLOSED)
        except Exception as error:  # gevent's hub would print it and go on
            self._pool.broke(error)

    def _take(self, sink: Sink, data: bytes, now_ns: int) -> None:
        """Add a piece; conclude the request if the reply is whole."""
        if self._received:
            data = self._received + data
        pool = self._pool
        heads = pool.heads
        if data.startswith(heads.last_bytes):
            head = heads.last
        else:
            try:
                unsure = heads.read(data)
            except Malformed:
                self._received = data
                self.end(now_ns, Outcome.MALFORMED)
                return
            if unsure is None:
                self._received = data
                return
            head = unsure
        status, head_bytes, body_bytes, keep_alive = head
        whole = head_bytes + body_bytes
        if len(data) < whole:
            self._received = data
            return
        self.sink = None
        self._received = b""
        pool.in_flight -= 1
        # In step: nothing beyond the reply, all of the request gone, and the server will go on listening.
        if pool.fresh:
            pool.drop(self)
        elif len(data) == whole and self._sent == len(self._request) and keep_alive:
            pool.idle[self] = None
        else:
            pool.lost_idle(self)
        sink.replied(self._row, self._sent_ns, now_ns, status, data[head_bytes:whole], whole)
