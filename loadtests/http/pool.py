"""The connections to one server: grown before a window, reused inside it, replaced when they are lost."""

import socket
import ssl
import time
from typing import Any

from gevent.event import Event

from authbench.contracts.records import Outcome
from authbench.words.counting import counted
from loadtests.http.connection import Connection, Sink
from loadtests.http.framing import HeadReader
from loadtests.http.readiness import Readiness
from loadtests.http.tls import TlsConnection

# A server accepts what fits into its backlog and lets the rest try again a second later (listen(2)); what
# servers ask for is 1,024 and more.
_CONNECTING_AT_ONCE = 512


class _FirstRequests:
    """Waits for the end of one request on each of some connections. Implements `Sink`."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._done = Event()
        self._error: Exception | None = None

    def replied(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0:
            self._done.set()

    def lost(self, *_: object) -> None:
        self.replied()

    def broke(self, error: Exception) -> None:
        self._error = error
        self._done.set()

    def wait(self, timeout_s: float) -> None:
        """Wait until all have ended. TimeoutError if some have not by then."""
        if self._left and not self._done.wait(timeout_s):
            raise TimeoutError(f"{counted(self._left, 'connection')} had no reply to their first request")
        if self._error is not None:
            raise self._error


class ConnectionPool:
    """Connections to one server. The one used last is used first (LIFO), so few carry a light load.

    Connections stay open until the pool is closed: the server's keep-alive timeout must be longer than the
    run. A window opens more only when all are busy. `opened` counts every connection begun, replacements
    too; `idle_closed` those that ended without a request on them: closed by the server, announced with
    `Connection: close`, or out of step (bytes nobody asked for).
    """

    def __init__(
        self, host: str, port: int, size: int, trust: ssl.SSLContext | None = None, *, fresh: bool = False
    ) -> None:
        """Resolve the host; opens nothing yet. OSError if it has no address. With `trust`, through TLS.

        `fresh`: each request gets a connection of its own, which is opened when the request is sent and
        closed when it is answered. So its service time has all of that in it, and nothing is opened before.
        """
        self.size = size
        self.fresh = fresh
        self._trust = trust
        self._host = host
        self.in_flight = 0
        self.opened = 0
        self.idle_closed = 0
        # Ordered by last use, and unlike a list quick to lose one from its midst when there are thousands.
        self.idle: dict[Connection, None] = {}
        self.readiness = Readiness()
        self.heads = HeadReader()
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
        """Open connections until `size` are made and idle, if any are kept. Waits: call it from a greenlet.

        OSError if one cannot be made; TimeoutError if the server does not answer within `timeout_s`.
        """
        if self._fault is not None:
            raise self._fault
        self.size = size or self.size
        if self.fresh:
            return
        self._replacements = self.size
        self._connect_error = None
        deadline_s = time.monotonic() + timeout_s
        missing = self.size - len(self._connections)
        while missing > 0 and self._fault is None and self._connect_error is None:
            for _ in range(min(_CONNECTING_AT_ONCE, missing)):
                self._open()
            missing -= _CONNECTING_AT_ONCE
            self._await_settled(deadline_s - time.monotonic())
        self._await_settled(deadline_s - time.monotonic())
        error = self._fault or self._connect_error
        if error is not None:
            raise error

    def use_each(self, request: bytes, timeout_s: float = 10.0) -> None:
        """Send `request` once on every idle connection that has carried none, and wait for the replies.

        A server closes a new connection that asks nothing after some seconds; after its first request it
        keeps it for the keep-alive timeout. TimeoutError if a reply does not come in time.
        """
        unused = [each for each in self.idle if not each.used]
        sink = _FirstRequests(len(unused))
        self.attach(sink)
        try:
            for connection in unused:
                del self.idle[connection]
                self.in_flight += 1
                connection.give(request, 0, sink)
            sink.wait(timeout_s)
        finally:
            self.detach(sink)
            self.abandon(sink, time.monotonic_ns())

    def _await_settled(self, timeout_s: float) -> None:
        if self._connecting:
            self._settled.clear()
            if not self._settled.wait(max(0.0, timeout_s)):
                raise TimeoutError(
                    f"{self._connecting} of {counted(self.size, 'connection')} were not made in time"
                )

    def attach(self, sink: Sink) -> None:
        """Tell this sink if the generator breaks, until it is detached."""
        self._sinks.add(sink)

    def detach(self, sink: Sink) -> None:
        self._sinks.discard(sink)

    def send(self, request: bytes, row: int, sink: Sink) -> None:
        """Send on the connection used last, or on a new one. `sink` hears how it ends, perhaps at once."""
        self.in_flight += 1
        if self.idle:
            self.idle.popitem()[0].give(request, row, sink)
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
        self.readiness.close()

    def _open(self) -> Connection:
        if self._trust is None:
            connection = Connection(self, self._family, self._address)
        else:
            connection = TlsConnection(self, self._family, self._address, self._trust, self._host)
        self._connections.add(connection)
        self._connecting += 1
        self.opened += 1
        return connection

    def connection_made(self, connection: Connection) -> None:
        self._one_settled()
        if connection.sink is None:
            self.idle[connection] = None

    def connect_failed(self, error: OSError) -> None:
        """Keep the error, which grow() raises."""
        self._connect_error = error

    def lost_idle(self, connection: Connection) -> None:
        """Open another connection in its place.

        At most `size` times between two grow() calls: a server may close all it accepts.
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
        connection.close()
        self._connections.discard(connection)
        if not connection.connected:
            self._one_settled()
        elif connection.sink is None:
            self.idle.pop(connection, None)

    def broke(self, error: Exception) -> None:
        """Tell everyone who waits, or comes later, of the error."""
        self._fault = error
        for sink in list(self._sinks):
            sink.broke(error)
        self._settled.set()

    def _one_settled(self) -> None:
        self._connecting -= 1
        if self._connecting == 0:
            self._settled.set()
