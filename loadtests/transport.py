"""The lean HTTP/1.1 client: plain non-blocking sockets, driven by callbacks of gevent's loop.

There is no greenlet per request. A request costs one send() in the caller's callback and one recv() for each
segment of the reply in the socket's callback. One request at a time on a connection: no pipelining.

Nothing is ever sent a second time. A connection that ends under a request ends that request.
"""

import contextlib
import os
import socket
import time
from typing import Any, Protocol

import gevent
from gevent.event import Event
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


class Connection:
    """One socket. Connecting, idle, or busy with one request; the pool owns it."""

    __slots__ = (
        "_head",
        "_pool",
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

    def __init__(self, pool: "ConnectionPool", family: socket.AddressFamily, address: Any) -> None:
        """Begin to connect. OSError if that fails at once."""
        self._pool = pool
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
        self._pool.drop(self)
        if sink is not None:
            if not self.connected:
                outcome = Outcome.CONNECT_FAILED
            self._pool.in_flight -= 1
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
            self._pool.broke(error)

    def _stop_writing(self) -> None:
        self._writing.stop()
        self._writing.close()
        self._writing = None

    def _finish_connect(self) -> None:
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._pool.connect_failed(OSError(number, os.strerror(number)))
            self.end(time.monotonic_ns(), Outcome.CONNECT_FAILED)
            return
        self._stop_writing()
        self.connected = True
        self._reading = gevent.get_hub().loop.io(self._socket.fileno(), _READ)
        self._reading.start(self._on_readable)
        self._pool.connection_made(self)
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
                self._pool.lost_idle(self)
            elif not data:
                self.end(now, Outcome.CLOSED)
            else:
                self._take(sink, data, now)
        except Exception as error:  # gevent's hub would print it and go on
            self._pool.broke(error)

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
        pool = self._pool
        pool.in_flight -= 1
        # In step: nothing beyond the reply, all of the request gone, and the server will go on listening.
        if len(data) == whole and self._sent == len(self._request) and head.keep_alive:
            pool.idle.append(self)
        else:
            pool.lost_idle(self)
        sink.replied(row, sent_ns, now, head.status, data[head.head_bytes : whole], whole)


class ConnectionPool:
    """Connections to one server. The one used last is used first (LIFO), so few carry a light load.

    Grown before a window; grows inside one only when every connection is busy. Connections stay open until
    the pool is closed: the server's keep-alive timeout must be longer than the run. `opened` counts every
    connection begun, replacements too. `idle_closed` counts connections that ended without a request on
    them: closed by the server, announced with `Connection: close`, or out of step (bytes nobody asked for).
    """

    def __init__(self, host: str, port: int, size: int) -> None:
        """Resolve the host; opens nothing yet. OSError if it has no address."""
        self.size = size
        self.in_flight = 0
        self.opened = 0
        self.idle_closed = 0
        self.idle: list[Connection] = []
        first = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self._family: socket.AddressFamily = first[0]
        self._address: Any = first[4]
        self._connections: set[Connection] = set()
        self._connecting = 0
        self._settled = Event()
        self._connect_error: OSError | None = None
        self._replacements = 0
        self._fault: Exception | None = None
        self._sinks: set[Sink] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._connections)

    def grow(self, size: int | None = None, timeout_s: float = 10.0) -> None:
        """Open connections until `size` are made and idle. Waits, so call it from a greenlet.

        OSError if one cannot be made; TimeoutError if the server does not answer within `timeout_s`.
        """
        if self._fault is not None:
            raise self._fault
        self.size = size or self.size
        self._replacements = self.size
        self._connect_error = None
        while len(self._connections) < self.size:
            self._open()
        if self._connecting:
            self._settled.clear()
            if not self._settled.wait(timeout_s):
                raise TimeoutError(f"no connection within {timeout_s} s")
        if self._connect_error is not None:
            raise self._connect_error

    def attach(self, sink: Sink) -> None:
        """Tell this sink if the generator breaks, until it is detached."""
        self._sinks.add(sink)

    def detach(self, sink: Sink) -> None:
        """Undo attach()."""
        self._sinks.discard(sink)

    def send(self, request: bytes, row: int, sink: Sink) -> None:
        """Send on the connection used last, or on a new one. `sink` hears how it ends, perhaps at once."""
        self.in_flight += 1
        if self.idle:
            self.idle.pop().give(request, row, sink)
            return
        try:
            connection = self._open()
        except OSError:
            self.in_flight -= 1
            sink.lost(row, -1, time.monotonic_ns(), Outcome.CONNECT_FAILED, 0, 0)
            return
        connection.give(request, row, sink)

    def abandon(self, sink: Sink, done_ns: int) -> None:
        """Conclude every request of `sink` still under way as TIMED_OUT and close its connection."""
        for connection in [c for c in self._connections if c.sink is sink]:
            connection.end(done_ns, Outcome.TIMED_OUT)

    def close(self) -> None:
        """Close every connection. Requests under way are concluded by nobody: abandon them first."""
        self._closed = True
        for connection in list(self._connections):
            self.drop(connection)

    def _open(self) -> Connection:
        connection = Connection(self, self._family, self._address)
        self._connections.add(connection)
        self._connecting += 1
        self.opened += 1
        return connection

    def connection_made(self, connection: Connection) -> None:
        """Called by a connection: it is usable."""
        self._one_settled()
        if connection.sink is None:
            self.idle.append(connection)

    def connect_failed(self, error: OSError) -> None:
        """Called by a connection, before it ends: grow() tells its caller."""
        self._connect_error = error

    def lost_idle(self, connection: Connection) -> None:
        """Called by a connection without a request: it cannot be used again, open another in its place.

        At most `size` times between two grow() calls: a server that closes all it accepts must not be
        called for ever.
        """
        self.idle_closed += 1
        self.drop(connection)
        if self._replacements > 0 and not self._closed:
            self._replacements -= 1
            try:
                self._open()
            except OSError as error:
                self._connect_error = error

    def drop(self, connection: Connection) -> None:
        """Close a connection and forget it."""
        connection.close()
        self._connections.discard(connection)
        if not connection.connected:
            self._one_settled()
        elif connection.sink is None and connection in self.idle:
            self.idle.remove(connection)

    def broke(self, error: Exception) -> None:
        """Called by a connection: a callback raised. Tell everyone who waits, and who comes next."""
        self._fault = error
        for sink in list(self._sinks):
            sink.broke(error)
        self._settled.set()

    def _one_settled(self) -> None:
        self._connecting -= 1
        if self._connecting == 0:
            self._settled.set()
