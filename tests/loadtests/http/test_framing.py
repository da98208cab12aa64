import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.http.framing import (
    HEAD_END,
    HEAD_MAX_BYTES,
    Head,
    HeadReader,
    Malformed,
    may_begin_reply,
    parse_head,
)


@given(
    st.integers(200, 599).filter(lambda status: status not in (204, 304)),
    st.integers(0, 10**9),
    st.sampled_from(["Content-Length: ", "content-length:", "CONTENT-LENGTH:\t ", "Content-length:  "]),
    st.sampled_from(["", " OK", " Not Content-Length: 5"]),
)
def test_status_and_length_are_read_whatever_the_case_and_spacing(
    status: int, length: int, field: str, reason: str
) -> None:
    head = (
        f"HTTP/1.1 {status}{reason}\r\nServer: x\r\n{field}{length}\r\nX-Content-Length: 3\r\n\r\n".encode()
    )
    assert parse_head(head) == Head(status, len(head), length, True)


@pytest.mark.parametrize("status", [204, 304])
def test_replies_without_a_body_end_with_their_head(status: int) -> None:
    head = f"HTTP/1.1 {status} x\r\nServer: x\r\n\r\n".encode()
    assert parse_head(head) == Head(status, len(head), 0, True)


@pytest.mark.parametrize(
    ("connection", "keep_alive"),
    [
        ("close", False),
        ("Close", False),
        ("keep-alive, close", False),
        ("keep-alive", True),
        ("closed", True),
    ],
)
def test_the_server_may_announce_that_it_closes(connection: str, keep_alive: bool) -> None:
    head = f"HTTP/1.1 200 OK\r\nConnection: {connection}\r\nContent-Length: 0\r\n\r\n".encode()
    assert parse_head(head).keep_alive is keep_alive


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n",
        b"HTTP/2 200\r\nContent-Length: 1\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\nContent-Length: 1\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\nContent-Length: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0x10\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_what_cannot_be_framed_is_refused(head: bytes) -> None:
    with pytest.raises(Malformed):
        parse_head(head)


@given(st.binary(max_size=200))
def test_any_bytes_either_parse_or_are_malformed(data: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\n" + data.replace(HEAD_END, b"") + b"\r\n\r\n"
    with contextlib.suppress(Malformed):
        assert parse_head(head).head_bytes == len(head)


@given(st.integers(0, 40))
def test_every_beginning_of_a_reply_may_become_one(length: int) -> None:
    assert may_begin_reply(b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n"[:length])


@pytest.mark.parametrize("data", [b"S", b"HTTP/2", b"\r\n", b"HTTP/1.1 " + b"x" * HEAD_MAX_BYTES])
def test_other_bytes_are_known_at_once(data: bytes) -> None:
    assert not may_begin_reply(data)


@given(st.lists(st.tuples(st.integers(200, 599), st.integers(0, 99), st.integers(0, 200)), min_size=1))
def test_what_starts_with_the_last_head_has_that_head_and_all_else_is_read(
    replies: list[tuple[int, int, int]],
) -> None:
    reader = HeadReader()
    for status, length, cut in replies:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n".encode()
        data = (head + b"x" * length)[: max(1, cut)]
        expected = parse_head(head) if len(data) >= len(head) else None
        found = reader.last if data.startswith(reader.last_bytes) else reader.read(data)
        assert found == expected
        if expected:
            assert (reader.last_bytes, reader.last) == (head, expected)
