"""The bound on a request's head, over real sockets."""

import socket

import pytest

from servers.head_limit import HEAD_MAX_BYTES
from tests.servers.server_process import ServerProcess


@pytest.fixture
def server(running: dict[str, ServerProcess]) -> ServerProcess:
    return running["none"]


def exchange(server: ServerProcess, *pieces: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
        reply = b""
        while True:
            try:
                chunk = connection.recv(65536)
            except ConnectionResetError:  # it closed while more of ours was on its way
                chunk = b""
            if not chunk or b"anonymous" in reply + chunk:
                return reply + chunk
            reply += chunk


def head(size: int) -> bytes:
    return b"GET /me HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * size + b"\r\n\r\n"


def test_a_head_within_the_bound_is_served(server: ServerProcess) -> None:
    assert exchange(server, head(HEAD_MAX_BYTES - 100)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("size", [HEAD_MAX_BYTES, 300_000])
def test_a_longer_one_is_refused_with_problem_details(server: ServerProcess, size: int) -> None:
    reply = exchange(server, head(size))
    assert reply.startswith(b"HTTP/1.1 431 ")
    assert b"application/problem+json" in reply
    assert b"connection: close" in reply


def test_a_head_that_never_ends_is_refused_before_it_does(server: ServerProcess) -> None:
    assert exchange(server, head(HEAD_MAX_BYTES)[:-4]).startswith(b"HTTP/1.1 431 ")


def test_a_long_body_is_none_of_its_business(server: ServerProcess) -> None:
    request = b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\nConnection: close\r\n\r\n"
    assert exchange(server, request, b"a" * 40_000).startswith(b"HTTP/1.1 415 ")


def test_what_is_no_http_is_still_400(server: ServerProcess) -> None:
    assert exchange(server, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_the_next_request_of_a_connection_is_counted_anew(server: ServerProcess) -> None:
    connection = server.connect()
    for _ in range(3):
        long = {"X-Long": "a" * (HEAD_MAX_BYTES - 200)}
        assert server.request("GET", "/me", long, connection=connection).status == 200
    connection.close()
