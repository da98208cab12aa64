"""The bounds of a request, what it may look like, and what of it is its head: over real sockets."""

import json
import socket
from collections.abc import Callable, Iterator

import pytest

from servers.database.accounts import DEMO_PASSWORD
from servers.parsing.request_head import BODY_MAX_BYTES, FIELDS_MAX, HEAD_MAX_BYTES
from tests.servers.conftest import Serve
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

ME = b"GET /me HTTP/1.1\r\nHost: x\r\n"
END = b"\r\n"
OK = b"HTTP/1.1 200 "
POST = b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
ORDER = b'{"item":"tea","quantity":1}'
NO_HOSTS = (
    *(b"", b"a b", b"a,b", b"a/b", b"u@a", b"a:b", b"a:99999", b"a:1:2", b":80", b"a?b", b"%61", b"a\x80"),
    *(b"::1", b"[::1", b"[::g]", b"[1]", b"[::1]x", b"[fe80::1%25eth0]", b"http://a"),
)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def server(running: dict[str, ServerProcess]) -> ServerProcess:
    return running["none"]


@pytest.fixture
def connection(server: ServerProcess) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        yield connection


class Answers:
    """Answers as they come on one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._file = connection.makefile("rb")

    def read(self) -> tuple[int, dict[str, str], bytes]:
        """The next one: status, headers, body. Status 0 at the end."""
        line = self._file.readline()
        if not line:
            return 0, {}, b""
        headers: dict[str, str] = {}
        while (field := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = field.decode("latin-1").partition(":")
            headers[name] = value.strip()
        return int(line.split()[1]), headers, self._file.read(int(headers.get("content-length", 0)))


def ask(connection: socket.socket, *pieces: bytes) -> tuple[int, dict[str, str], bytes]:
    for piece in pieces:
        connection.sendall(piece)
    return Answers(connection).read()


def status(connection: socket.socket, *pieces: bytes) -> int:
    return ask(connection, *pieces)[0]


def assert_refused(connection: socket.socket, expected: int, *pieces: bytes) -> None:
    """Refused with that status, as problem details, and the connection closed."""
    for piece in pieces:
        connection.sendall(piece)
    answers = Answers(connection)
    found, headers, body = answers.read()
    assert found == expected, body
    assert headers["content-type"] == "application/problem+json"
    assert headers["cache-control"] == "no-store"
    assert headers["connection"] == "close"
    assert "date" in headers
    assert json.loads(body)["status"] == expected
    assert answers.read()[0] == 0


# How much.


def long_head(size: int) -> bytes:
    return ME + b"X-Long: " + b"a" * size + END + END


def test_a_head_within_the_bound_is_served(connection: socket.socket) -> None:
    assert status(connection, long_head(HEAD_MAX_BYTES - 100)) == 200


@pytest.mark.parametrize("size", [HEAD_MAX_BYTES, 60_000, 1_000_000])
@pytest.mark.parametrize(
    ("expected", "head"),
    [
        (431, long_head),
        (431, lambda size: long_head(size)[:-4]),
        (431, lambda size: ME + b"X:" + b" " * size + b"y" + END + END),
        (431, lambda size: ME + b"X: y" + b"\t" * size + END + END),
        (431, lambda size: ME + b"A: b\r\n" * (size // 6 + 1) + END),
        (431, lambda size: ME + b"a" * size),
        (431, lambda size: b"\r\n" * (size // 2 + 1)),
        (431, lambda size: b"\r\n" * (size // 2 + 1) + ME + END),
        (414, lambda size: b"GET /" + b"a" * size + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
        (414, lambda size: b"GET /me?" + b"a" * size),
        (414, lambda size: b"GET http://x/" + b"a" * size + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
        (431, lambda size: b"GET " + b" " * size + b"/me HTTP/1.1\r\nHost: x\r\n\r\n"),
        (413, lambda size: POST + CHUNKED + b"3;" + b"a" * size + b"\r\nabc\r\n0\r\n\r\n"),
        (413, lambda size: POST + CHUNKED + b'3;a="' + b"a" * size + b'"\r\nabc\r\n0\r\n\r\n'),
        (413, lambda size: POST + CHUNKED + b"0" * size + b"3\r\nabc\r\n0\r\n\r\n"),
        (413, lambda size: POST + CHUNKED + b"1\r\na\r\n" * (size // 5 + 1) + b"0\r\n\r\n"),
        (413, lambda size: POST + CHUNKED + b"0\r\nA: " + b"a" * size + b"\r\n\r\n"),
        (413, lambda size: POST + CHUNKED + b"0\r\n" + b"A: b\r\n" * (size // 6 + 1) + b"\r\n"),
    ],
)
def test_all_that_is_not_body_is_bounded(
    connection: socket.socket, size: int, expected: int, head: Callable[[int], bytes]
) -> None:
    assert_refused(connection, expected, head(size))


def test_head_and_framing_are_counted_together(connection: socket.socket) -> None:
    head = POST + b"X-Long: " + b"a" * (HEAD_MAX_BYTES // 2) + END + CHUNKED
    assert_refused(connection, 413, head + b"3;" + b"a" * (HEAD_MAX_BYTES // 2) + b"\r\nabc\r\n0\r\n\r\n")


def test_the_number_of_fields_is_bounded(connection: socket.socket) -> None:
    assert status(connection, ME + b"A: b\r\n" * (FIELDS_MAX - 1) + END) == 200
    assert_refused(connection, 431, ME + b"A: b\r\n" * FIELDS_MAX + END)


@pytest.mark.parametrize("request_line", [b"GET /me", b"POST /orders", b"GET /nowhere", b"DELETE /public"])
@pytest.mark.parametrize("size", [BODY_MAX_BYTES + 1, 1_000_000])
def test_a_body_is_bounded_whoever_reads_it(
    server: ServerProcess, connection: socket.socket, request_line: bytes, size: int
) -> None:
    head = request_line + b" HTTP/1.1\r\nHost: x\r\n"
    assert_refused(connection, 413, head + b"Content-Length: %d\r\n\r\n" % size, b"a" * size)
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as another:
        assert_refused(another, 413, head + CHUNKED + b"%x\r\n" % size + b"a" * size + b"\r\n0\r\n\r\n")
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as another:
        one = b"1000\r\n" + b"a" * 4096 + b"\r\n"
        assert_refused(another, 413, head + CHUNKED + one * (size // 4096 + 1) + b"0\r\n\r\n")


@pytest.mark.parametrize("request_line", [b"GET /me", b"GET /nowhere", b"PUT /me"])
@pytest.mark.parametrize(
    "framing", [b"Content-Length: %d\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n%x\r\n"]
)
def test_a_body_that_nobody_reads_is_no_request(
    connection: socket.socket, request_line: bytes, framing: bytes
) -> None:
    hidden = ME + END
    end = b"\r\n0\r\n\r\n" if b"chunked" in framing else b""
    connection.sendall(request_line + b" HTTP/1.1\r\nHost: x\r\n" + framing % len(hidden) + hidden + end)
    connection.sendall(b"GET /public HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answers = Answers(connection)
    answers.read()
    assert b"open to everyone" in answers.read()[2]
    assert answers.read()[0] == 0


def test_a_client_can_read_why_while_it_still_sends(connection: socket.socket) -> None:
    connection.sendall(POST + b"Content-Length: 8000000\r\n\r\n")
    for _ in range(800):
        connection.sendall(b"a" * 10_000)
    assert Answers(connection).read()[0] == 413


def test_a_body_of_the_largest_size_is_read(connection: socket.socket) -> None:
    assert status(connection, POST + b"Content-Length: 16384\r\n\r\n", ORDER.ljust(BODY_MAX_BYTES)) == 201


# How it may arrive.


@pytest.mark.parametrize(
    "whole",
    [
        ME + b"X-A: b" + END + END,
        b"\r\n\r\n" + ME + END,
        POST + b"Content-Length: %d\r\n\r\n" % len(ORDER) + ORDER,
        POST + CHUNKED + b"%x;a=b\r\n" % len(ORDER) + ORDER + b"\r\n0\r\nX-Trailer: a\r\n\r\n",
        POST + CHUNKED + b"".join(b"1\r\n%c\r\n" % byte for byte in ORDER) + b"0\r\n\r\n",
    ],
)
def test_a_request_is_the_same_however_it_is_cut(connection: socket.socket, whole: bytes) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answers = Answers(connection)
    for size in (len(whole), 1, 7):
        for at in range(0, len(whole), size):
            connection.sendall(whole[at : at + size])
        assert answers.read()[0] in (200, 201)


def test_requests_sent_ahead_are_answered_in_order(connection: socket.socket) -> None:
    post = POST + CHUNKED + b"%x\r\n" % len(ORDER) + ORDER + b"\r\n0\r\n\r\n"
    connection.sendall((ME + END + post + b"GET /public HTTP/1.1\r\nHost: x\r\n\r\n") * 20)
    answers = Answers(connection)
    for _ in range(20):
        assert [answers.read()[0] for _ in range(3)] == [200, 201, 200]


def test_a_refusal_behind_a_refusal_keeps_its_reason(tokens: ServerProcess) -> None:
    with socket.create_connection(("127.0.0.1", tokens.port), timeout=60) as connection:
        connection.sendall(ME + END + POST + b"Content-Length: 20000\r\n\r\n")
        answers = Answers(connection)
        assert [answers.read()[0] for _ in range(3)] == [401, 413, 0]


def test_more_ahead_than_the_bound_ends_with_the_next_answer(connection: socket.socket) -> None:
    connection.sendall((ME + END) * 100_000)
    answers = Answers(connection)
    found = 0
    while (answer := answers.read())[0]:
        assert answer[0] == 200
        found += 1
    assert found < 100_000


def test_the_next_request_of_a_connection_is_counted_anew(connection: socket.socket) -> None:
    answers = Answers(connection)
    for _ in range(3):
        connection.sendall(long_head(HEAD_MAX_BYTES - 200))
        assert answers.read()[0] == 200


def test_a_client_that_closes_its_side_has_its_answers(connection: socket.socket) -> None:
    connection.sendall((ME + END) * 3)
    connection.shutdown(socket.SHUT_WR)
    answers = Answers(connection)
    assert [answers.read()[0] for _ in range(4)] == [200, 200, 200, 0]


@pytest.mark.parametrize("half", [ME, POST + b"Content-Length: 3\r\n\r\na", POST + CHUNKED + b"3\r\nab"])
def test_a_request_that_is_cut_off_is_refused(connection: socket.socket, half: bytes) -> None:
    connection.sendall(half)
    connection.shutdown(socket.SHUT_WR)
    assert_refused(connection, 400)


# What it may say.


@pytest.mark.parametrize(
    "head",
    [
        b"nonsense\r\n\r\n",
        b"get /me HTTP/1.1\r\nHost: x\r\n\r\n",
        b"G(T /me HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /me HTTP/1.1\nHost: x\n\n",
        b"GET /me HTTP/1.1\r\nHost: x\n\r\n",
        b"GET /me HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        b"GET /me HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /me HTTP/1.1\r\n Host: x\r\n\r\n",
        b"GET /me HTTP/1.1\r\nHost: x\r\nA\x00: b\r\n\r\n",
        b"GET /me HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n",
        b"GET /me HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n",
        b"GET /me HTTP/1.1\r\nHost: x\r\n\xff: b\r\n\r\n",
        b"GET /me HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n",
        b"GET /me HTTP/1.1\r\nHost: x\r\nnothing\r\n\r\n",
        b"GET /m\x80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /me#a HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET me HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET ftp://x/me HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http:///me HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://a@x/me HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://x:99999/me HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /me ICE/1.0\r\nHost: x\r\n\r\n",
        b"GET /me RTSP/1.0\r\nHost: x\r\n\r\n",
        b"SOURCE /me ICE/1.0\r\nHost: x\r\n\r\n",
        b"OPTIONS /me RTSP/1.1\r\nHost: x\r\n\r\n",
        b"\r\n\r\nPOST /orders RTSP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\na",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\na",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\na",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"0" * 5000 + b"1\r\n\r\na",
        POST + b"Content-Length: 5\r\n" + CHUNKED + b"0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"POST /orders HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\r\n",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        b"POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        POST + CHUNKED + b"0x1\r\na\r\n0\r\n\r\n",
        POST + CHUNKED + b"1 \r\na\r\n0\r\n\r\n",
        POST + CHUNKED + b"1\na\r\n0\r\n\r\n",
        POST + CHUNKED + b"1;\x00\r\na\r\n0\r\n\r\n",
        POST + CHUNKED + b"ffffffffffffffffff\r\na\r\n0\r\n\r\n",
        POST + CHUNKED + b"0\r\nContent-Length: 5\r\n\r\n",
    ],
)
def test_what_is_no_http_is_400(connection: socket.socket, head: bytes) -> None:
    assert_refused(connection, 400, head)


@pytest.mark.parametrize(
    ("expected", "head"),
    [
        (505, b"GET /me HTTP/2.0\r\nHost: x\r\n\r\n"),
        (505, b"GET /me HTTP/2.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"),
        (505, b"GET /me HTTP/0.9\r\nHost: x\r\n\r\n"),
        (505, b"GET /me HTTP/1.2\r\nHost: x\r\n\r\n"),
        (505, b"GET /me HTTP/3.0\r\nHost: x\r\n\r\n"),
        (505, b"GET /me\r\nHost: x\r\n\r\n"),
        (501, b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"),
        (501, b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"),
        (501, b"CONNECT /me HTTP/1.1\r\nHost: x\r\n\r\n"),
        (421, b"GET https://x/me HTTP/1.1\r\nHost: x\r\n\r\n"),
        (421, b"GET HTTPS://x:443/me HTTP/1.1\r\nHost: x\r\n\r\n"),
        (501, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        (501, POST + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (417, POST + b"Expect: 200-ok\r\nContent-Length: 1\r\n\r\na"),
        (417, ME + b"Expect: 100-continue, more\r\n\r\n"),
        (415, POST + b"Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\na"),
        (415, POST + b"Content-Encoding: identity, br\r\n" + CHUNKED + b"1\r\na\r\n0\r\n\r\n"),
    ],
)
def test_what_is_not_done_here(connection: socket.socket, expected: int, head: bytes) -> None:
    assert_refused(connection, expected, head)


def test_a_refused_encoding_is_told_which_one_will_do(connection: socket.socket) -> None:
    _, headers, _ = ask(connection, POST + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\n")
    assert headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("coding", [b"identity", b"Identity", b"", b"identity , "])
def test_a_body_as_it_is_may_say_so(connection: socket.socket, coding: bytes) -> None:
    head = POST + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding, len(ORDER))
    assert status(connection, head + ORDER) == 201


@pytest.mark.parametrize(
    "coding",
    [b"chunked", b"Chunked", b"chunked ", b"chunked\t", b"\tchunked \t ", b" , chunked", b",\tchunked\t"],
)
def test_chunked_alone_is_understood(connection: socket.socket, coding: bytes) -> None:
    head = POST + b"Transfer-Encoding: %s\r\n\r\n%x\r\n" % (coding, len(ORDER))
    # Nothing of the body is taken for a second request.
    connection.sendall(head + ORDER + b"\r\n0\r\n\r\n" + ME + END)
    answers = Answers(connection)
    assert [answers.read()[0] for _ in range(2)] == [201, 200]


@pytest.mark.parametrize("coding", [b"chunked\t", b" ,chunked \t"])
def test_no_spelling_of_chunked_may_stand_beside_a_length(connection: socket.socket, coding: bytes) -> None:
    fields = b"Transfer-Encoding: %s\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" % coding
    assert_refused(connection, 400, POST + fields)


@pytest.mark.parametrize(
    "hosts",
    [
        b"",
        b"Host: a\r\nHost: a\r\n",
        b"Host: a\r\nHost: b\r\n",
        *(b"Host: %s\r\n" % host for host in NO_HOSTS),
    ],
)
@pytest.mark.parametrize("target", [b"/me", b"http://a/me"])
def test_host_is_there_once_and_valid(connection: socket.socket, hosts: bytes, target: bytes) -> None:
    assert_refused(connection, 400, b"GET %s HTTP/1.1\r\n%s\r\n" % (target, hosts))


@pytest.mark.parametrize(
    "host", [b"a", b"a:80", b"a.example:", b"127.0.0.1:8000", b"[::1]", b"[::1]:8443", b" a \t", b"a_b-c.d"]
)
def test_hosts_that_are_valid(connection: socket.socket, host: bytes) -> None:
    assert status(connection, b"GET /me HTTP/1.1\r\nHost: %s\r\n\r\n" % host) == 200


def test_http_1_0_may_leave_host_out(connection: socket.socket) -> None:
    assert status(connection, b"GET /me HTTP/1.0\r\n\r\n") == 200


@pytest.mark.parametrize(
    ("target", "found"),
    [
        (b"http://a", 404),
        (b"HTTP://a:80", 404),
        (b"http://a?b", 404),
        (b"http://a/me", 200),
        (b"http://[::1]:8/me?a=b", 200),
        (b"//a/me", 404),
    ],
)
def test_absolute_targets(connection: socket.socket, target: bytes, found: int) -> None:
    assert status(connection, b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % target) == found


def test_a_proxy_that_ends_tls_may_name_an_https_uri(serve: Serve) -> None:
    server = serve(scheme="none", public_origin="https://bench.example")
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        assert status(connection, b"GET https://bench.example/me HTTP/1.1\r\nHost: x\r\n\r\n") == 200


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_request_of_another_protocol_changes_nothing(server: ServerProcess, size: int) -> None:
    """Of one that llhttp reads as if it were HTTP, however it is cut."""
    order = b"POST /orders RTSP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Subject: rtsp\r\n"
    order += b"Content-Length: %d\r\n\r\n" % len(ORDER) + ORDER
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found = status(connection, *(order[at : at + size] for at in range(0, 24, size)))
    assert found == 400
    assert server.request("GET", "/orders", {"X-Subject": "rtsp"}).json == {"orders": []}


def test_an_empty_line_is_no_request(connection: socket.socket) -> None:
    """As some clients send one behind a body (RFC 9112 section 2.2)."""
    connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(ORDER) + ORDER + END)
    connection.shutdown(socket.SHUT_WR)
    answers = Answers(connection)
    assert [answers.read()[0] for _ in range(2)] == [201, 0]


def test_the_host_of_the_target_is_the_one_that_counts(running: dict[str, ServerProcess]) -> None:
    server = running["session-redis"]
    own = f"127.0.0.1:{server.port}".encode()
    body = json.dumps({"username": "alice", "password": DEMO_PASSWORD}).encode()
    with_csrf = server.changing(server.with_csrf({}))
    fields = "".join(f"{name}: {value}\r\n" for name, value in with_csrf.items()).encode()
    fields += b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    for target, host, found in ((own, b"elsewhere", 200), (b"elsewhere", own, 403)):
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            head = b"POST http://%s/login HTTP/1.1\r\nHost: %s\r\n" % (target, host)
            assert status(connection, head + fields + body) == found


def test_the_body_is_asked_for(connection: socket.socket) -> None:
    connection.sendall(POST + b"Expect: 100-Continue\r\nContent-Length: %d\r\n\r\n" % len(ORDER))
    answers = Answers(connection)
    assert answers.read()[0] == 100
    connection.sendall(ORDER)
    assert answers.read()[0] == 201


def test_a_body_that_will_not_do_is_not_asked_for(connection: socket.socket) -> None:
    assert_refused(connection, 413, POST + b"Expect: 100-continue\r\nContent-Length: 20000\r\n\r\n")


def test_what_http_1_0_expects_is_ignored(connection: socket.socket) -> None:
    assert status(connection, b"GET /me HTTP/1.0\r\nExpect: miracles\r\n\r\n") == 200


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
@pytest.mark.parametrize(
    ("request_", "found"),
    [
        (ME + END, 200),
        (POST + b"Content-Length: %d\r\n\r\n" % len(ORDER) + ORDER, 201),
        (POST + CHUNKED + b"%x\r\n" % len(ORDER) + ORDER + b"\r\n0\r\n\r\n", 201),
    ],
)
def test_an_upgrade_is_ignored(
    connection: socket.socket, protocol: bytes, request_: bytes, found: int
) -> None:
    head, _, body = request_.partition(b"\r\n")
    connection.sendall(head + b"\r\nConnection: Upgrade\r\nUpgrade: %s\r\n" % protocol + body)
    connection.sendall(b"GET /public HTTP/1.1\r\nHost: x\r\n\r\n")
    answers = Answers(connection)
    assert answers.read()[0] == found
    assert b"open to everyone" in answers.read()[2]


def test_whitespace_around_a_value_is_no_part_of_it(tokens: ServerProcess) -> None:
    value = tokens.seed()[0]["Authorization"].encode()
    for sent in (value, value + b" ", b" \t" + value + b"\t  "):
        with socket.create_connection(("127.0.0.1", tokens.port), timeout=60) as connection:
            assert status(connection, ME + b"Authorization:" + sent + END + END) == 200


def test_a_refused_head_request_has_no_body(connection: socket.socket) -> None:
    connection.sendall(b"HEAD /me HTTP/1.1\r\n\r\n")
    whole = connection.makefile("rb").read()
    assert whole.startswith(b"HTTP/1.1 400 ")
    assert whole.endswith(b"\r\n\r\n")


# What is its head.


def test_nothing_but_the_head_proves_anything(authenticating: ServerProcess) -> None:
    """A credential in a trailer, a chunk extension, a body, or behind the request."""
    field = "".join(f"{name}: {value}\r\n" for name, value in authenticating.seed()[0].items()).encode()
    assert b"\r" not in field[:-2]
    head = ME + CHUNKED
    for request in (
        head + b"0\r\n" + field + b"\r\n",
        head + b"1\r\na\r\n0\r\n" + field + b"\r\n",
        head + b'1;a="' + field[:-2].replace(b'"', b"") + b'"\r\na\r\n0\r\n\r\n',
        ME + b"Content-Length: %d\r\n\r\n" % len(field) + field,
        ME + END + field + END,
    ):
        with socket.create_connection(("127.0.0.1", authenticating.port), timeout=60) as connection:
            assert status(connection, request) == 401
    with socket.create_connection(("127.0.0.1", authenticating.port), timeout=60) as connection:
        assert status(connection, ME + field + END) == 200


@pytest.mark.parametrize("name", [b"Origin", b"Host", b"X-CSRF-Token", b"Cookie"])
def test_a_trailer_is_no_field(sessions: ServerProcess, name: bytes) -> None:
    """A state change that lacks one field of the head is refused, though a trailer has it."""
    presented = sessions.changing(sessions.with_csrf(sessions.credential(sessions.login())))
    fields = {**presented, "Host": f"127.0.0.1:{sessions.port}", "Content-Type": "application/json"}
    missing = f"{name.decode()}: {fields.pop(name.decode())}\r\n".encode()
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()
    body = CHUNKED + b"%x\r\n" % len(ORDER) + ORDER + b"\r\n0\r\n"
    line = b"POST /orders HTTP/1.1\r\n"
    for request, found in (
        (line + head + body + missing, (400, 401, 403)),
        (line + missing + head + body, (201,)),
    ):
        with socket.create_connection(("127.0.0.1", sessions.port), timeout=60) as connection:
            assert status(connection, request + END) in found


# Bodies that are none.


@pytest.mark.parametrize(
    "framing", [b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"Content-Length: 00\r\n\r\n", b"\r\n"]
)
@pytest.mark.parametrize(("scheme", "afterwards"), [("jwt-hs256", 200), ("jwt-denylist", 401)])
def test_a_logout_with_a_body_of_no_bytes_has_none(
    serve: Serve, redis_server: RedisProcess, framing: bytes, scheme: str, afterwards: int
) -> None:
    server = serve(scheme=scheme, redis_url=redis_server.url, redis_key_prefix=f"no-bytes-{scheme}:")
    credential = server.credential(server.login())
    field = f"Authorization: {credential['Authorization']}\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        assert status(connection, b"POST /logout HTTP/1.1\r\nHost: x\r\n" + field + framing) == 204
    assert server.request("GET", "/me", credential).status == afterwards
