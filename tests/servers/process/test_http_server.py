"""The times of a connection: told by the test where they can be, short where the clock is real."""

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import uvloop

from authbench.system.certificate import make_certificate
from servers.process.http_protocol import BoundedProtocol
from servers.process.http_server import HttpServer

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
KEEP_ALIVE_S = 600
_LONG = b"a" * 60_000


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers with its path; a long answer where it says so."""
    del receive
    body = _LONG if scope["path"] == "/long" else scope["path"].encode()
    length = str(len(body)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": body})


class Running:
    """An `HttpServer` in a thread, on a port of its own, with this protocol."""

    def __init__(self, protocol: type[BoundedProtocol], folder: Path | None = None) -> None:
        files: dict[str, Any] = {}
        if folder is not None:
            certificate = make_certificate(folder)
            files = {"ssl_certfile": certificate.certificate, "ssl_keyfile": certificate.key}
        config = uvicorn.Config(
            application,
            http=protocol,
            ws="none",
            lifespan="off",
            access_log=False,
            log_level="warning",
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=1,
            **files,
        )
        self._accepting = threading.Event()
        self.server = HttpServer(config, self._ready)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = self._listening.getsockname()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._accepting.wait(60)

    async def _ready(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._accepting.set()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self.server.serve(sockets=[self._listening]))

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join()

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=60)

    def run(self, work: Callable[[], Any]) -> Any:
        """Do it in the server's thread."""

        async def done() -> Any:
            return work()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(60)

    @property
    def connections(self) -> int:
        return len(self.server.server_state.connections)

    def pass_time(self, seconds: float) -> None:
        """Have the one connection believe that it has waited so long, whatever this machine took."""

        def expire() -> None:
            (connection,) = self.server.server_state.connections
            assert isinstance(connection, BoundedProtocol)
            since = connection._closing_since or connection._blocked_since or connection._since
            connection.expire(since + seconds)

        self.run(expire)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "never came true"
        time.sleep(0.01)


def one_answer(connection: socket.socket) -> bytes:
    """The whole answer to GET: its body is the path, and may come later than its head."""
    found = b""
    while not found.endswith(b"\r\n\r\n/"):
        chunk = connection.recv(65536)
        assert chunk, found
        found += chunk
    return found


def all_of(connection: socket.socket) -> bytes:
    found = b""
    while chunk := connection.recv(65536):
        found += chunk
    return found


@pytest.fixture
def running() -> Iterator[Running]:
    server = Running(BoundedProtocol)
    yield server
    server.stop()


@pytest.fixture
def connection(running: Running) -> Iterator[socket.socket]:
    with running.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        until(lambda: running.connections == 1)
        yield connection


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    finally:
        connection.settimeout(60)


def arrived(running: Running, count: int) -> Callable[[], bool]:
    """Whether the server has so many bytes of the request that is not whole yet."""

    def look() -> bool:
        (connection,) = running.server.server_state.connections
        return getattr(connection, "_received", 0) >= count

    return look


def test_a_new_connection_has_ten_seconds_to_its_first_byte(
    running: Running, connection: socket.socket
) -> None:
    running.pass_time(9.5)
    assert is_open(connection)
    running.pass_time(10.5)
    assert all_of(connection) == b""
    until(lambda: running.connections == 0)


@pytest.mark.parametrize(
    ("half", "seconds"),
    [
        (b"G", 10),
        (b"\r\nG", 10),
        (GET, 10),
        (GET + b"A: ", 10),
        (POST + b"Content-Length: 3\r\n\r\n", 30),
        (POST + b"Content-Length: 3\r\n\r\nab", 30),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", 30),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n3;a", 30),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n", 30),
    ],
)
@pytest.mark.parametrize("answered_before", [False, True])
def test_a_head_has_ten_seconds_and_a_body_thirty(
    running: Running, connection: socket.socket, half: bytes, seconds: int, answered_before: bool
) -> None:
    if answered_before:
        connection.sendall(GET + b"\r\n")
        assert one_answer(connection).startswith(b"HTTP/1.1 200 ")
    connection.sendall(half)
    until(arrived(running, len(half)))
    running.pass_time(seconds - 0.5)
    assert is_open(connection)
    running.pass_time(seconds + 0.5)
    answer = all_of(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert b"connection: close" in answer


@pytest.mark.parametrize("nothing", [b"\r", b"\n", b"\r\n", b"\r\n\r\n\r"])
def test_an_empty_line_begins_no_request(running: Running, connection: socket.socket, nothing: bytes) -> None:
    """Some clients send one behind a body (RFC 9112 section 2.2): the connection stays idle."""
    connection.sendall(GET + b"\r\n")
    assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    connection.sendall(nothing)
    until(arrived(running, len(nothing)))
    running.pass_time(KEEP_ALIVE_S - 1)
    assert is_open(connection)
    connection.sendall(GET)
    until(arrived(running, len(nothing + GET)))
    running.pass_time(9.5)
    assert is_open(connection)
    running.pass_time(10.5)
    assert all_of(connection).startswith(b"HTTP/1.1 408 ")


def test_empty_lines_are_not_the_first_byte_of_a_connection(
    running: Running, connection: socket.socket
) -> None:
    connection.sendall(b"\r\n")
    until(arrived(running, 2))
    running.pass_time(10.5)
    assert all_of(connection) == b""


@pytest.mark.parametrize("half", [GET, POST + b"Content-Length: 100\r\n\r\n"])
def test_a_byte_now_and_then_does_not_begin_the_time_anew(
    running: Running, connection: socket.socket, half: bytes
) -> None:
    connection.sendall(half)
    until(arrived(running, len(half)))
    (protocol,) = running.server.server_state.connections
    since = protocol._since  # type: ignore[union-attr]
    for count in range(1, 20):
        connection.sendall(b"a")
        until(arrived(running, len(half) + count))
    assert protocol._since == since  # type: ignore[union-attr]


def test_an_idle_connection_is_kept_for_its_own_time(running: Running, connection: socket.socket) -> None:
    connection.sendall(GET + b"\r\n")
    assert one_answer(connection).startswith(b"HTTP/1.1 200 ")
    running.pass_time(KEEP_ALIVE_S - 1)
    assert is_open(connection)
    running.pass_time(KEEP_ALIVE_S + 1)
    assert all_of(connection) == b""


def test_a_refused_client_has_a_moment_to_read_why(running: Running, connection: socket.socket) -> None:
    connection.sendall(b"nonsense\r\n\r\n")
    assert all_of(connection).startswith(b"HTTP/1.1 400 ")
    running.pass_time(4)
    assert running.connections == 1
    connection.sendall(b"more of it")
    running.pass_time(6)
    until(lambda: running.connections == 0)


@pytest.fixture
def unread(running: Running) -> Iterator[socket.socket]:
    """A client that has asked for more than buffers hold, and reads nothing of it."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(running.address)
        connection.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n" * 400)

        def blocked() -> bool:
            return any(
                getattr(each, "_blocked_since", None) is not None
                for each in list(running.server.server_state.connections)
            )

        until(blocked)
        yield connection


@pytest.mark.usefixtures("unread")
def test_a_client_that_does_not_read_is_let_go(running: Running) -> None:
    running.pass_time(29)
    assert running.connections == 1
    running.pass_time(31)
    until(lambda: running.connections == 0)


@pytest.mark.usefixtures("unread")
def test_what_is_closed_but_unread_is_let_go(running: Running) -> None:
    (protocol,) = running.server.server_state.connections
    running.run(protocol.transport.close)
    running.pass_time(0)
    running.pass_time(4)
    assert running.connections == 1
    running.pass_time(6)
    until(lambda: running.connections == 0)


class Impatient(BoundedProtocol):
    """So that no test waits ten seconds. What comes in time must do so on a busy machine."""

    first_byte_s = head_s = body_s = unread_s = linger_s = 1.0


def test_connections_are_looked_at_as_long_as_the_server_runs() -> None:
    running = Running(Impatient)
    with running.connect() as silent, running.connect() as half, running.connect() as good:
        half.sendall(GET)
        good.sendall(GET + b"\r\n")
        assert good.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert all_of(silent) == b""
        assert all_of(half).startswith(b"HTTP/1.1 408 ")
        assert is_open(good)
    with running.connect() as trickling:
        trickling.settimeout(0.1)
        answer = b""
        while not answer:
            trickling.sendall(b"a")
            try:
                answer = trickling.recv(65536)
            except TimeoutError:
                continue
        assert answer.startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 400 "))
    running.stop()


def test_three_hundred_that_send_nothing_or_half_are_all_closed() -> None:
    running = Running(Impatient)
    connections = list[socket.socket]()
    with contextlib.ExitStack() as open_ones:
        for number in range(300):
            connection = open_ones.enter_context(running.connect())
            connection.sendall((b"", GET, POST + b"Content-Length: 9\r\n\r\n")[number % 3])
            connections.append(connection)
        # Each is read to its end: the first may be closed before the last is there.
        for number, connection in enumerate(connections):
            assert all_of(connection).startswith((b"", b"HTTP/1.1 408 ", b"HTTP/1.1 408 ")[number % 3])
        until(lambda: running.connections == 0)
    running.stop()


def test_a_tls_handshake_is_timed_too(tmp_path: Path) -> None:
    running = Running(Impatient, tmp_path)
    trust = ssl.create_default_context(cafile=str(make_certificate(tmp_path).authority))
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE
    with running.connect() as silent, running.connect() as half:
        half.sendall(b"\x16\x03\x01")
        assert all_of(silent) == b""
        assert all_of(half) == b""
    for sent, found in ((b"", b""), (GET, b"HTTP/1.1 408 "), (b"nonsense\r\n\r\n", b"HTTP/1.1 400 ")):
        with trust.wrap_socket(running.connect()) as connection:
            connection.sendall(sent)
            assert all_of(connection).startswith(found)
    running.stop()


def test_behind_tls_too_a_client_can_read_why_while_it_still_sends(tmp_path: Path) -> None:
    running = Running(BoundedProtocol, tmp_path)
    trust = ssl.create_default_context()
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE
    with trust.wrap_socket(running.connect()) as connection:
        connection.sendall(POST + b"Content-Length: 8000000\r\n\r\n")
        for _ in range(800):
            connection.sendall(b"a" * 10_000)
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")
    running.stop()
