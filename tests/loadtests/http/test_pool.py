"""One request at a time against a real server; what the pool does with the connection afterwards."""

import contextlib
import json
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from gevent.event import Event

from authbench.contracts.records import Outcome
from loadtests.http.pool import ConnectionPool
from tests.loadtests.scripted_server import ScriptedServer, body_of, reply
from tests.servers.redis_process import free_port


@dataclass
class Ending:
    row: int
    sent_ns: int
    done_ns: int
    status: int
    body: bytes
    outcome: Outcome | None
    bytes_out: int
    bytes_in: int


class Listener:
    """A sink that remembers, and wakes its test when `count` requests have ended."""

    def __init__(self) -> None:
        self.endings: list[Ending] = []
        self.errors: list[Exception] = []
        self.raises = False
        self._woken = Event()

    def replied(self, row: int, sent_ns: int, done_ns: int, status: int, body: bytes, bytes_in: int) -> None:
        if self.raises:
            raise ZeroDivisionError("on purpose")
        self.endings.append(Ending(row, sent_ns, done_ns, status, body, None, -1, bytes_in))
        self._woken.set()

    def lost(
        self, row: int, sent_ns: int, done_ns: int, outcome: Outcome, bytes_out: int, bytes_in: int
    ) -> None:
        self.endings.append(Ending(row, sent_ns, done_ns, 0, b"", outcome, bytes_out, bytes_in))
        self._woken.set()

    def broke(self, error: Exception) -> None:
        self.errors.append(error)
        self._woken.set()

    def wait(self, count: int = 1) -> list[Ending]:
        while len(self.endings) < count and not self.errors:
            assert self._woken.wait(60), f"{len(self.endings)} of {count} ended"
            self._woken.clear()
        return self.endings


def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until `condition()` holds."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "never came true"
        Event().wait(0.001)


@pytest.fixture
def pool(server: ScriptedServer) -> Iterator[ConnectionPool]:
    pool = ConnectionPool("127.0.0.1", server.port, 1)
    pool.grow()
    yield pool
    pool.close()


def request(path: str, user: str = "ada", extra: int = 0) -> bytes:
    padding = f"X-Padding: {'x' * extra}\r\n" if extra else ""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nX-User: {user}\r\n{padding}\r\n".encode()


@pytest.mark.parametrize("path", ["/whole", "/two-segments", "/mid-head", "/bytewise"])
def test_a_reply_is_whole_however_it_is_cut(server: ScriptedServer, pool: ConnectionPool, path: str) -> None:
    listener = Listener()
    for row in range(3):
        pool.send(request(path, f"user{row}"), row, listener)
        assert pool.in_flight == 1
        ending = listener.wait(row + 1)[row]
        assert (ending.row, ending.status, ending.body) == (row, 200, body_of(f"user{row}"))
        assert ending.bytes_in == len(reply(body_of(f"user{row}")))
        assert 0 < ending.sent_ns <= ending.done_ns
    assert (server.requests, server.connections) == (3, 1)
    assert (pool.in_flight, pool.opened, pool.idle_closed) == (0, 1, 0)


def test_every_connection_can_be_used_once_before_a_window(server: ScriptedServer) -> None:
    """A server closes a new connection that asks nothing."""
    pool = ConnectionPool("127.0.0.1", server.port, 5)
    pool.grow()
    pool.use_each(request("/whole"))
    assert (server.requests, server.connections) == (5, 5)
    assert (pool.in_flight, len(pool.idle)) == (0, 5)
    pool.grow(7)
    pool.use_each(request("/whole"))
    assert server.requests == 7
    pool.use_each(request("/whole"))
    assert server.requests == 7
    pool.close()


@pytest.mark.parametrize("path", ["/close", "/garbage"])
def test_a_first_request_without_a_reply_is_nobodys_fault(server: ScriptedServer, path: str) -> None:
    pool = ConnectionPool("127.0.0.1", server.port, 3)
    pool.grow()
    pool.use_each(request(path))
    assert (server.requests, pool.in_flight) == (3, 0)
    pool.close()


def test_a_first_request_is_not_waited_for_for_ever(server: ScriptedServer) -> None:
    pool = ConnectionPool("127.0.0.1", server.port, 3)
    pool.grow()
    with pytest.raises(TimeoutError, match="3 connections had no reply"):
        pool.use_each(request("/never"), timeout_s=0.01)
    assert (pool.in_flight, len(pool)) == (0, 0)
    pool.close()


def test_each_request_can_have_a_connection_of_its_own(server: ScriptedServer) -> None:
    pool = ConnectionPool("127.0.0.1", server.port, 3, fresh=True)
    pool.grow()
    pool.use_each(request("/whole"))
    assert (server.connections, len(pool)) == (0, 0), "none is opened before it is needed"
    listener = Listener()
    for row in range(3):
        before_ns = time.monotonic_ns()
        pool.send(request("/two-segments"), row, listener)
        ending = listener.wait(row + 1)[row]
        assert (ending.status, ending.body) == (200, body_of("ada"))
        # Connecting is a part of it: it begins before the call that connects has returned.
        assert before_ns <= ending.sent_ns < ending.done_ns
    for row in range(3, 6):
        pool.send(request("/whole"), row, listener)
    listener.wait(6)
    assert (server.requests, server.connections) == (6, 6)
    assert (pool.in_flight, pool.opened, pool.idle_closed, len(pool)) == (0, 6, 0, 0)
    pool.close()


@pytest.mark.parametrize("path", ["/close", "/garbage", "/half"])
def test_a_connection_of_its_own_that_is_lost_is_replaced_by_none(server: ScriptedServer, path: str) -> None:
    pool = ConnectionPool("127.0.0.1", server.port, 3, fresh=True)
    listener = Listener()
    pool.send(request(path), 0, listener)
    assert listener.wait()[0].outcome in (Outcome.CLOSED, Outcome.MALFORMED)
    assert (server.connections, pool.opened, len(pool), pool.in_flight) == (1, 1, 0, 0)
    pool.close()


def test_a_connection_of_its_own_that_cannot_be_made_fails_its_request_alone() -> None:
    pool = ConnectionPool("127.0.0.1", free_port(), 3, fresh=True)
    pool.grow()
    listener = Listener()
    pool.send(request("/whole"), 0, listener)
    ending = listener.wait()[0]
    assert (ending.outcome, ending.sent_ns, pool.in_flight) == (Outcome.CONNECT_FAILED, -1, 0)
    pool.close()


def test_a_204_has_no_body_and_keeps_the_connection(server: ScriptedServer, pool: ConnectionPool) -> None:
    listener = Listener()
    pool.send(request("/204"), 0, listener)
    assert listener.wait()[0].status == 204
    pool.send(request("/whole"), 1, listener)
    assert listener.wait(2)[1].status == 200
    assert server.connections == 1


@pytest.mark.parametrize("path", ["/garbage", "/chunked", "/unframed"])
def test_a_reply_that_cannot_be_framed_is_malformed_and_its_connection_closed(
    server: ScriptedServer, pool: ConnectionPool, path: str
) -> None:
    listener = Listener()
    pool.send(request(path), 7, listener)
    ending = listener.wait()[0]
    assert (ending.row, ending.outcome) == (7, Outcome.MALFORMED)
    assert ending.bytes_in > 0
    assert (pool.in_flight, len(pool), len(pool.idle)) == (0, 0, 0)


@pytest.mark.parametrize(("path", "some_bytes"), [("/close", False), ("/half", True)])
def test_a_connection_closed_under_a_request_ends_it_and_nothing_is_sent_again(
    server: ScriptedServer, pool: ConnectionPool, path: str, some_bytes: bool
) -> None:
    listener = Listener()
    pool.send(request(path), 0, listener)
    ending = listener.wait()[0]
    assert ending.outcome is Outcome.CLOSED
    assert ending.bytes_out == len(request(path))
    assert (ending.bytes_in > 0) is some_bytes
    pool.send(request("/whole"), 1, listener)
    assert listener.wait(2)[1].status == 200
    assert (server.requests, server.connections, pool.opened) == (2, 2, 2)


@pytest.mark.parametrize("path", ["/then-close", "/saying-close", "/stray"])
def test_an_idle_connection_that_is_lost_is_replaced_and_counted(
    server: ScriptedServer, pool: ConnectionPool, path: str
) -> None:
    listener = Listener()
    pool.send(request(path), 0, listener)
    ending = listener.wait()[0]
    assert (ending.status, ending.body, ending.outcome) == (200, body_of("ada"), None)
    until(lambda: pool.idle_closed == 1 and len(pool.idle) == 1)
    assert (pool.opened, len(pool), pool.in_flight) == (2, 1, 0)
    pool.send(request("/whole"), 1, listener)
    assert listener.wait(2)[1].body == body_of("ada")
    assert (pool.opened, server.requests) == (2, 2)


def test_all_idle_connections_are_replaced_when_the_server_hangs_up(server: ScriptedServer) -> None:
    pool = ConnectionPool("127.0.0.1", server.port, 5)
    pool.grow()
    until(lambda: server.connections == 5)
    server.hang_up()
    until(lambda: pool.idle_closed == 5 and len(pool.idle) == 5)
    assert pool.opened == 10
    pool.close()
    assert len(pool) == 0


def test_a_server_that_closes_all_it_accepts_is_not_called_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        pool = ConnectionPool("127.0.0.1", listening.getsockname()[1], 3)
        pool.grow()

        def accept_and_close() -> bool:
            while True:
                try:
                    listening.accept()[0].close()
                except BlockingIOError:
                    return len(pool) == 0

        until(accept_and_close)
        assert (pool.opened, pool.idle_closed) == (6, 6)  # each replaced once, the replacements not


def test_a_socket_that_reaches_itself_is_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a server is gone, the kernel may hand its port to the socket that calls it (here it must)."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    class BoundToItsTarget(socket.socket):
        def connect(self, target: object) -> None:
            self.bind(target)  # type: ignore[arg-type]  # what connect() takes, bind() takes
            super().connect(target)  # type: ignore[arg-type]

    monkeypatch.setattr("loadtests.http.connection._Socket", BoundToItsTarget)
    pool = ConnectionPool("127.0.0.1", port, 1)
    with pytest.raises(ConnectionRefusedError):
        pool.grow()
    assert len(pool) == 0
    pool.close()


def test_the_connection_used_last_is_used_first(server: ScriptedServer) -> None:
    pool = ConnectionPool("127.0.0.1", server.port, 3)
    pool.grow()
    listener = Listener()
    pool.send(request("/whole"), 0, listener)
    listener.wait(1)
    used = next(reversed(pool.idle))
    for row in range(1, 5):
        pool.send(request("/whole"), row, listener)
        assert used not in pool.idle
        listener.wait(row + 1)
        assert next(reversed(pool.idle)) is used
    pool.close()


def test_the_pool_grows_when_all_are_busy_and_keeps_what_it_opened(
    server: ScriptedServer, pool: ConnectionPool
) -> None:
    listener = Listener()
    for row in range(4):
        pool.send(request("/held", f"u{row}"), row, listener)
    assert (pool.in_flight, pool.opened) == (4, 4)
    until(lambda: server.requests == 4)
    server.release()
    endings = listener.wait(4)
    assert {(e.row, e.body) for e in endings} == {(row, body_of(f"u{row}")) for row in range(4)}
    assert len(pool.idle) == len(pool) == 4


def test_grow_tops_up_to_the_size_and_no_further(server: ScriptedServer) -> None:
    pool = ConnectionPool("127.0.0.1", server.port, 2)
    pool.grow()
    pool.grow()
    assert (len(pool.idle), pool.opened) == (2, 2)
    pool.grow(6)
    assert (len(pool.idle), pool.opened) == (6, 6)
    pool.close()


def test_ten_thousand_connections_are_made_kept_and_lost_again() -> None:
    """In time that grows with their number only: with its square, this would take minutes."""
    many = 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < many + 500:
        pytest.skip(f"needs {many + 500} open files, and the hard limit is {hard} (ulimit -Hn)")
    command = [sys.executable, "-m", "loadtests.null_server"]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            port = json.loads(server.stdout.readline())["port"]
            pool = ConnectionPool("127.0.0.1", port, many)
            pool.grow(timeout_s=60)
            assert len(pool.idle) == len(pool.readiness) == pool.opened == many
            for number in range(2):
                listener = Listener()
                for row in range(many):
                    pool.send(request("/me"), row, listener)
                assert pool.in_flight == many
                endings = listener.wait(many)
                assert sorted(ending.row for ending in endings) == list(range(many)), number
                assert all(ending.status == 200 for ending in endings)
            assert (len(pool.idle), pool.opened, pool.idle_closed) == (many, many, 0)
            server.stdin.close()  # it exits: every connection is lost while idle
            until(lambda: len(pool) == 0)
            assert pool.idle_closed >= many  # some replacements were still made, and lost too
            pool.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_no_server_is_an_error_of_grow() -> None:
    pool = ConnectionPool("127.0.0.1", free_port(), 2)
    with pytest.raises(ConnectionRefusedError):
        pool.grow()
    pool.close()


def test_no_server_is_the_outcome_of_a_request_sent_on_demand() -> None:
    pool = ConnectionPool("127.0.0.1", free_port(), 2)
    listener = Listener()
    pool.send(request("/whole"), 3, listener)
    ending = listener.wait()[0]
    assert (ending.row, ending.outcome, ending.sent_ns) == (3, Outcome.CONNECT_FAILED, -1)
    assert (ending.bytes_out, ending.bytes_in, pool.in_flight, len(pool)) == (0, 0, 0, 0)


def test_a_request_larger_than_the_socket_buffer_is_sent_whole() -> None:
    """The peer reads nothing until the sender has had to wait, so the first send() is a partial one."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        pool = ConnectionPool("127.0.0.1", listening.getsockname()[1], 1)
        pool.grow()
        peer, _ = listening.accept()
        with peer:
            large = request("/whole", extra=20_000_000)
            listener = Listener()
            pool.send(large, 0, listener)
            peer.setblocking(False)
            received = bytearray()

            def all_received() -> bool:
                with contextlib.suppress(BlockingIOError):
                    received.extend(peer.recv(1 << 20))
                return len(received) == len(large)

            assert not all_received()
            until(all_received)
            assert bytes(received) == large
            peer.send(reply(b"ok"))
            assert listener.wait()[0].body == b"ok"
            assert len(pool.idle) == 1
        pool.close()


def test_a_reply_before_the_request_is_all_sent_counts_but_ends_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        pool = ConnectionPool("127.0.0.1", listening.getsockname()[1], 1)
        pool.grow()
        peer, _ = listening.accept()
        with peer:
            listener = Listener()
            pool.send(request("/whole", extra=20_000_000), 0, listener)
            peer.send(reply(b"{}", "413 Content Too Large"))
            assert listener.wait()[0].status == 413
            assert (pool.idle_closed, pool.in_flight) == (1, 0)
        pool.close()


def test_what_is_abandoned_is_timed_out_and_its_connection_closed(
    server: ScriptedServer, pool: ConnectionPool
) -> None:
    mine, other = Listener(), Listener()
    pool.send(request("/never"), 0, mine)
    pool.send(request("/held"), 1, other)
    until(lambda: server.requests == 2)
    pool.abandon(mine, done_ns=123)
    assert [(e.row, e.outcome, e.done_ns) for e in mine.endings] == [(0, Outcome.TIMED_OUT, 123)]
    assert (pool.in_flight, len(pool), other.endings) == (1, 1, [])
    server.release()
    assert other.wait()[0].status == 200


def test_an_exception_in_a_callback_reaches_every_attached_sink_and_the_next_grow(
    server: ScriptedServer, pool: ConnectionPool
) -> None:
    faulty, bystander = Listener(), Listener()
    faulty.raises = True
    pool.attach(faulty)
    pool.attach(bystander)
    pool.send(request("/whole"), 0, faulty)
    bystander.wait()
    assert [type(error) for error in faulty.errors + bystander.errors] == [ZeroDivisionError] * 2
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        pool.grow()


def test_a_detached_sink_hears_of_no_fault(server: ScriptedServer, pool: ConnectionPool) -> None:
    faulty, gone, bystander = Listener(), Listener(), Listener()
    faulty.raises = True
    pool.attach(gone)
    pool.attach(bystander)
    pool.detach(gone)
    pool.send(request("/whole"), 0, faulty)
    bystander.wait()
    assert gone.errors == []
