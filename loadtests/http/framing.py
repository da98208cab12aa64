"""Where an HTTP/1.1 reply ends (RFC 9112 section 6), for the replies a JSON API sends and no others.

Framed by Content-Length only. Chunked, interim (1xx) and unframed replies are refused: no arm sends them, and
guessing an end would hide that one began to.
"""

import re
from functools import lru_cache
from typing import NamedTuple

HEAD_END = b"\r\n\r\n"
HEAD_MAX_BYTES = 65536
_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9])(?: [^\r\n]*)?\r\n")
_PREFIX = b"HTTP/1.1 "
_LENGTH = re.compile(rb"\r\ncontent-length:(.*?)(?=\r\n)", re.DOTALL)
_CLOSE = re.compile(rb"\r\nconnection:[^\r]*\bclose\b")
_BODILESS = (204, 304)


class Malformed(ValueError):
    """Not a reply this client frames."""


class Head(NamedTuple):
    """What the head says: the reply is `head_bytes + body_bytes` long."""

    status: int
    head_bytes: int
    body_bytes: int
    keep_alive: bool


def may_begin_reply(data: bytes) -> bool:
    """Whether bytes without an end of head can still become a reply."""
    return len(data) < HEAD_MAX_BYTES and data[: len(_PREFIX)] == _PREFIX[: len(data)]


@lru_cache(maxsize=256)
def parse_head(head: bytes) -> Head:
    """Read a head up to and including its empty line. Malformed if the reply cannot be framed by it.

    Remembered: within a second heads repeat byte for byte, since only Date and the length change.
    """
    line = _STATUS_LINE.match(head)
    if line is None:
        raise Malformed("no HTTP/1.1 status line of a final reply")
    status = int(line[1])
    lower = head.lower()
    keep_alive = _CLOSE.search(lower) is None
    if b"\r\ntransfer-encoding:" in lower:
        raise Malformed("Transfer-Encoding")
    if status in _BODILESS:
        return Head(status, len(head), 0, keep_alive)
    lengths = _LENGTH.findall(lower)
    if len(lengths) != 1:
        raise Malformed(f"{len(lengths)} Content-Lengths")
    value = lengths[0].strip(b" \t")
    if not (value.isdigit() and len(value) <= 18):
        raise Malformed("Content-Length is not a number")
    return Head(status, len(head), int(value), keep_alive)


class HeadReader:
    """Reads the heads of one server's replies. `last` is the head read last, and `last_bytes` what it was.

    Data that starts with `last_bytes` has that very head, since a head ends with its first empty line. To ask
    that first is for the caller to do: it spares a call, a search, a copy and a hash for most replies.
    """

    __slots__ = ("last", "last_bytes")

    def __init__(self) -> None:
        self.last_bytes = b"HTTP/1.1 204 No Content\r\n\r\n"  # any head will do to begin with
        self.last = parse_head(self.last_bytes)

    def read(self, data: bytes) -> Head | None:
        """The head that `data` begins with, None if its end is still to come. Malformed as of parse_head."""
        at = data.find(HEAD_END)
        if at < 0 and may_begin_reply(data):
            return None
        head_bytes = data[: at + len(HEAD_END)]
        head = parse_head(head_bytes)
        self.last_bytes, self.last = head_bytes, head
        return head
