"""One connection of the lean HTTP/1.1 client: a non-blocking socket driven by callbacks of gevent's loop.

There is no greenlet per request. A request costs one send() in the caller's callback and one recv() for each
segment of the reply in the socket's callback. One request at a time: no pipelining.

Nothing is ever sent a second time. A connection that ends under a request ends that request.
"""

import contextlib
import os
import socket
import time
from typing import Any, Protocol

import gevent
from gevent.monkey import get_original

from authbench.records import Outcome
from loadtests.framing import HEAD_END, Head, Malformed, may_begin_reply, parse_head

_READ, _WRITE = 1, 2
_SEGMENT_BYTES = 65536
# Locust patches the socket module; a patched recv() would switch greenlets instead of returning at once.
_Socket: type[socket.socket] = get_original("socket", "socket")


class Sink(Protocol):
    """Who hears how a request ended: exactly one of the two calls for each send. Times are monotonic ns."""

    def replied(self, row: int, sent_ns: int, done_ns: int, status: int, body: bytes, bytes_in: int) -> None:
        """A whole reply was read; `bytes_in` is its length, head included."""

    def lost(
        self, row: int, sent_ns: int, done_ns: int, outcome: Outcome, bytes_out: int, bytes_in: int
    ) -> None:
        """No whole reply will come. `sent_ns` is -1 if no connection was made."""

    def broke(self, error: Exception) -> None:
        """The generator itself is at fault: what it recorded cannot be used."""


class Owner(Protocol):
    """What a connection needs of the pool that made it."""

    in_flight: int
    idle: "list[Connection]"

    def connection_made(self, connection: "Connection") -> None:
        """It is usable."""

    def connect_failed(self, error: OSError) -> None:
        """It cannot be made; it ends next."""

    def lost_idle(self, connection: "Connection") -> None:
        """It has no request on it and cannot be used again."""

    def drop(self, connection: "Connection") -> None:
        """It ends: close it and forget it."""

    def broke(self, error: Exception) -> None:
        """A callback raised: the generator is at fault."""


class Connection:
    """One socket: connecting, idle, or busy with one request. Made by its owner, who keeps and closes it."""

    __slots__ = (
        "_head",
        "_owner",
        "_reading",
        "_received",
        "_request",
        "_row",
        "_sent",
        "_sent_ns",
        "_socket",
        "_writing",
        "connected",
        "sink",
    )

    def __init__(self, owner: Owner, family: socket.AddressFamily, address: Any) -> None:
        """Begin to connect. OSError if that fails at once."""
        self._owner = owner
        self._reading: Any = None
        self._writing: Any = None
        self.connected = False
        self.sink: Sink | None = None
        self._row = -1
        self._request = b""
        self._sent = 0
        self._sent_ns = -1
        self._received = b""
        self._head: Head | None = None
        self._socket = _Socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with contextlib.suppress(BlockingIOError):  # EINPROGRESS: it goes on by itself
                self._socket.connect(address)
        except OSError:
            self._socket.close()
            raise
        self._await_writable()

    def give(self, request: bytes, row: int, sink: Sink) -> None:
        """Send the request now, or as soon as the connection is made."""
        self._request = request
        self._row = row
        self.sink = sink
        if self.connected:
            self._begin_send()

    def close(self) -> None:
        """Close the socket and both watchers. The request on it, if any, is the caller's to conclude."""
        for watcher in (self._reading, self._writing):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._reading = self._writing = None
        self._socket.close()

    def end(self, done_ns: int, outcome: Outcome) -> None:
        """Close, and conclude the request that was on it."""
        sink = self.sink
        self._owner.drop(self)
        if sink is not None:
            if not self.connected:
                outcome = Outcome.CONNECT_FAILED
            self._owner.in_flight -= 1
            self.sink = None
            sink.lost(self._row, self._sent_ns, done_ns, outcome, self._sent, len(self._received))

    def _await_writable(self) -> None:
        self._writing = gevent.get_hub().loop.io(self._socket.fileno(), _WRITE)
        self._writing.start(self._on_writable)

    def _begin_send(self) -> None:
        self._sent_ns = time.monotonic_ns()
        try:
            self._sent = self._socket.send(self._request)
        except BlockingIOError:
            self._sent = 0
        except OSError:
            self._sent = 0
            self.end(time.monotonic_ns(), Outcome.CLOSED)
            return
        if self._sent < len(self._request):
            self._await_writable()

    def _on_writable(self) -> None:
        try:
            if not self.connected:
                self._finish_connect()
                return
            try:
                self._sent += self._socket.send(self._request[self._sent :])
            except BlockingIOError:
                return
            except OSError:
                self.end(time.monotonic_ns(), Outcome.CLOSED)
                return
            if self._sent == len(self._request):
                self._stop_writing()
        except Exception as error:  # gevent's hub would print it and go on
            self._owner.broke(error)

    def _stop_writing(self) -> None:
        self._writing.stop()
        self._writing.close()
        self._writing = None

    def _finish_connect(self) -> None:
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._owner.connect_failed(OSError(number, os.strerror(number)))
            self.end(time.monotonic_ns(), Outcome.CONNECT_FAILED)
            return
        self._stop_writing()
        self.connected = True
        self._reading = gevent.get_hub().loop.io(self._socket.fileno(), _READ)
        self._reading.start(self._on_readable)
        self._owner.connection_made(self)
        if self.sink is not None:
            self._begin_send()

    def _on_readable(self) -> None:
        try:
            try:
                data = self._socket.recv(_SEGMENT_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""  # a reset ends the connection as EOF does
            now = time.monotonic_ns()
            sink = self.sink
            if sink is None:
                self._owner.lost_idle(self)
            elif not data:
                self.end(now, Outcome.CLOSED)
            else:
                self._take(sink, data, now)
        except Exception as error:  # gevent's hub would print it and go on
            self._owner.broke(error)

    def _take(self, sink: Sink, data: bytes, now: int) -> None:
        """Add a segment; conclude the request if the reply is whole."""
        if self._received:
            data = self._received + data
        head = self._head
        if head is None:
            at = data.find(HEAD_END)
            if at < 0 and may_begin_reply(data):
                self._received = data
                return
            try:
                head = parse_head(data[: at + len(HEAD_END)])
            except Malformed:
                self._received = data
                self.end(now, Outcome.MALFORMED)
                return
        whole = head.head_bytes + head.body_bytes
        if len(data) < whole:
            self._received = data
            self._head = head
            return
        row, sent_ns = self._row, self._sent_ns
        self.sink = None
        self._received = b""
        self._head = None
        owner = self._owner
        owner.in_flight -= 1
        # In step: nothing beyond the reply, all of the request gone, and the server will go on listening.
        if len(data) == whole and self._sent == len(self._request) and head.keep_alive:
            owner.idle.append(self)
        else:
            owner.lost_idle(self)
        sink.replied(row, sent_ns, now, head.status, data[head.head_bytes : whole], whole)
