"""One connection: every part of a request is bounded and timed, and a request is answered once it is whole.

uvicorn's protocol over httptools bounds no part of a request, times only idle connections, takes trailers for
fields of the head, and starts the application before the body has arrived. What is overridden, and why:

- `data_received` feeds the parser piece by piece, so that what is not body is counted, and so that a request
  ends where a piece ends. What follows waits until the request is answered.
- `on_message_begin`, `on_header`, `on_headers_complete`, `on_body`: `request_head` reads the head, trailers
  are dropped, the body is kept.
- `on_message_complete` starts the application. So no refusal comes after a change, no client holds the
  application up with its body, and after 413 and 408 nothing has happened.
- `_start_asgi_task` refuses other versions of HTTP.
- `on_response_complete` notes the time instead of starting a timer, and goes on with what waited.
- `eof_received` lets a client that has closed its side have its answer.
- `pause_writing` and `resume_writing` note how long a client has not read.

The server calls `expire` about once a second to close what has taken too long: no request has a timer. h11,
uvicorn's other parser, bounds a head, but no body and no time, and parses in Python.
"""

from asyncio import Transport
from typing import Any

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from servers.answers.problems import problem
from servers.parsing.header_fields import OPTIONAL_WHITESPACE
from servers.parsing.request_head import (
    BODY_MAX_BYTES,
    FIELDS_MAX,
    FRAMING,
    HEAD_MAX_BYTES,
    Refusal,
    body_length,
    body_too_long,
    check_host,
    expects_continue,
    is_host,
    is_other_protocol,
    not_supported,
    read_target,
)

_HEAD_END = b"\r\n\r\n"
_CHUNKED = b"transfer-encoding: chunked"
_UNKNOWN_VERSION = "Invalid HTTP version"
"""What llhttp says of one; httptools has no class of its own for it."""
_DRAIN_MAX_BYTES = 16 * 1024 * 1024
"""Of what a refused client may still send before it reads the answer (RFC 9112 section 9.6)."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with these bounds. A time is enforced at the next call of `expire`."""

    first_byte_s = 10.0
    """From a new connection, its TLS handshake included, to the first byte of its first request."""
    head_s = 10.0
    """From the first byte of a request to the end of its head."""
    body_s = 30.0
    """From the end of its head to the end of its body."""
    unread_s = 30.0
    """For a client to read its answer, once buffers are full."""
    linger_s = 5.0
    """For a refused client to stop sending and read the answer, and for a closed connection to be gone."""
    tls_in_front = False
    """Whether a proxy ends TLS: its connection, which is not encrypted, may then ask for an https URI."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        super().__init__(config, server_state, app_state)
        self.url = b""
        self._now = self.loop.time
        # Made when the connection is accepted, before any handshake.
        self._since = self._now()
        self._framing: list[tuple[bytes, bytes]] = []
        """Fields of the head that `request_head` reads."""
        self._received = 0
        """Bytes of the request that is being read, and of empty lines before it; 0 behind a whole one."""
        self._begun = False
        """Whether a request is being read: an empty line before it is no part of it (RFC 9112, 2.2)."""
        self._line = b""
        """Of its request line what has arrived, until that is whole."""
        self._line_read = False
        self._in_body = False
        self._length: int | None = 0
        self._body = bytearray()
        self._ahead = b""
        """Bytes that came after a request which is not answered yet."""
        self._at_end = False
        self._drained: int | None = None
        """Bytes that came after a refusal; None without one."""
        self._blocked_since: float | None = None
        self._closing_since: float | None = None

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    # Called by the transport.

    def data_received(self, data: bytes) -> None:
        if self._drained is not None:
            self._drained += len(data)
            if self._drained > _DRAIN_MAX_BYTES:
                self.transport.abort()
        elif self.cycle is not None and not self.cycle.response_complete:
            self._put_off(data)
        else:
            self._read(data)

    def eof_received(self) -> bool | None:  # type: ignore[override] # uvicorn's returns None
        """The client sends no more: answer what it asked, refuse what it did not finish."""
        if self._drained is None:
            if self._answering and self.transport.can_write_eof():
                self._at_end = True
                return True
            if self._begun:
                self._refuse(Refusal(400, "The request is incomplete."))
        return None

    def pause_writing(self) -> None:
        self._blocked_since = self._now()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._blocked_since = None
        super().resume_writing()

    def expire(self, now: float) -> None:
        """Refuse or close if what the connection waits for takes too long. `now` is of the loop's clock."""
        waited = now - self._since
        if self.transport.is_closing():
            # Closed, but what was written is not read.
            self._closing_since = self._closing_since or now
            if now - self._closing_since > self.linger_s:
                self.transport.abort()
        elif self._drained is not None:
            if waited > self.linger_s:
                self.transport.close()
        elif self._answering:
            if self._blocked_since is not None and now - self._blocked_since > self.unread_s:
                self.transport.abort()
        elif self._begun:
            if waited > (self.body_s if self._in_body else self.head_s):
                self._refuse(Refusal(408, "The request took too long to arrive."))
        elif waited > (self.first_byte_s if self.cycle is None else self.timeout_keep_alive):
            self.transport.close()

    # Reading.

    def _read(self, data: bytes) -> None:
        """Feed the parser until a request is whole or all of `data` is read."""
        at, size, begins = 0, len(data), not self._begun
        while at < size:
            end = self._end_of_piece(data, at)
            self._received += end - at
            piece = data if end - at == size else data[at:end]
            if not self._line_read and not self._is_http(piece):
                self._refuse(Refusal(400, "This is not HTTP."))
                return
            if not self._feed(piece):
                return
            at = end
            if not self._received:  # whole
                if at < size:
                    self._put_off(data[at:])
                return
            if self._received - len(self._body) > HEAD_MAX_BYTES:
                self._refuse(self._too_long())
                return
        if begins and self._begun and not self._in_body:
            self._since = self._now()

    def _is_http(self, piece: bytes) -> bool:
        """Whether the request line, if it ends in this piece, is not one of another protocol."""
        line = (self._line + piece).lstrip(b"\r\n")
        end = line.find(b"\n")
        if end < 0:
            self._line = line
            return True
        self._line, self._line_read = b"", True
        return not is_other_protocol(line, end)

    def _end_of_piece(self, data: bytes, at: int) -> int:
        """Where the next piece ends: no request ends inside a piece.

        A whole head, a body of known length, or a line: head, chunked body and trailers end with one.
        """
        if self._in_body and self._length is not None:
            return min(at + self._length - len(self._body), len(data))
        if not self._received:
            found = data.find(_HEAD_END, at, at + HEAD_MAX_BYTES)
            if found >= 0:
                return found + len(_HEAD_END)
        return data.find(b"\n", at) + 1 or len(data)

    def _feed(self, piece: bytes) -> bool:
        """Feed the parser; False if the request was refused."""
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            pass  # No other protocol is spoken (RFC 9110 section 7.8). The request was read to its end.
        except httptools.HttpParserError as error:
            cause = error.__context__
            if isinstance(cause, _ReadOtherwise):
                return self._feed_plainly()
            if isinstance(cause, Refusal):
                self._refuse(cause)
            elif str(error) == _UNKNOWN_VERSION:
                self._refuse(_other_version())
            else:
                self._refuse(Refusal(400, "This is not valid HTTP/1.1."))
            return False
        return True

    def _feed_plainly(self) -> bool:
        """Parse the head again in its plainest spelling: without Upgrade, and `chunked` by itself."""
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        left_out = (b"upgrade", b"transfer-encoding")
        lines += [b"%s: %s" % field for field in self.headers if field[0] not in left_out]
        if self._length is None:
            lines.append(_CHUNKED)
        self.parser = httptools.HttpRequestParser(self)
        return self._feed(b"\r\n".join(lines) + _HEAD_END)

    def _put_off(self, data: bytes) -> None:
        """Keep what follows a request until that is answered, and read no more meanwhile.

        Too much of it, or what follows a last request, is dropped, and the connection ends with the answer:
        a client that sends requests ahead must expect that (RFC 9112 section 9.3.2).
        """
        self.flow.pause_reading()
        self._ahead += data
        if not self.cycle.keep_alive or len(self._ahead) > HEAD_MAX_BYTES:
            self._ahead = b""
            self.cycle.keep_alive = False
            self.cycle.transport = _LingeringTransport(self)  # type: ignore[assignment] # as much as it uses

    # Called by the parser. `_feed` catches what is raised here.

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun = True
        self._framing = []

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in FRAMING:
            self._framing.append((name, value.rstrip(OPTIONAL_WHITESPACE)))
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        framing, url = self._framing, self.url
        if (
            len(framing) == 1
            and framing[0][0] == b"host"
            and is_host(framing[0][1])
            and url[:1] == b"/"
            and b"#" not in url
            and len(self.headers) <= FIELDS_MAX
        ):
            self._length = 0  # the fast path: every measured request without a body
        else:
            self._read_head()
        # The application has the list that was filled until now.
        self.headers = []

    def _read_head(self) -> None:
        if len(self.headers) > FIELDS_MAX:
            raise Refusal(431, f"The request has more than {FIELDS_MAX} fields.")
        version = self.parser.get_http_version()
        fields: dict[bytes, list[bytes]] = {}
        for name, value in self._framing:
            fields.setdefault(name, []).append(value)
        check_host(fields.get(b"host", ()), version)
        https = self.tls_in_front or self.scheme == "https"
        self.url, host = read_target(self.url, self.parser.get_method(), https)
        if host is not None:
            self.headers[:] = [(name, host if name == b"host" else value) for name, value in self.headers]
        self._length = body_length(fields, version)
        waits = expects_continue(fields, version)
        if self._length == 0:
            return
        codings = [value for name, value in self.headers if name == b"transfer-encoding"]
        if self.parser.should_upgrade() or codings not in ([], [b"chunked"]):
            raise _ReadOtherwise
        self._in_body = True
        self._since = self._now()
        if waits:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > BODY_MAX_BYTES:
            raise body_too_long()

    def on_message_complete(self) -> None:
        self._received = 0
        self._begun = self._line_read = self._in_body = False
        super().on_headers_complete()
        self.url = b""
        if self._body:
            self.cycle.body, self._body = self._body, bytearray()
        self.cycle.more_body = False
        self.cycle.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        # llhttp accepts 0.9 and 2.0 too, and CONNECT with a path. Here, because uvicorn has read both.
        scope = cycle.scope
        if scope["http_version"] not in ("1.1", "1.0") or scope["method"] == "CONNECT":
            cycle.response_complete = True  # the application never runs
            raise not_supported() if scope["method"] == "CONNECT" else _other_version()
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self._drained is not None or self.transport.is_closing():
            return
        self._since = self._now()
        if self._ahead or self._at_end:
            # Later: while an error is handled, what the parser raises would take that error for its cause.
            self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        if self._drained is not None or self.transport.is_closing():
            return
        self.flow.resume_reading()
        data, self._ahead = self._ahead, b""
        self._read(data)
        if self._at_end and not self._answering:
            self.eof_received()
            self.transport.close()

    # Refusing.

    def _too_long(self) -> Refusal:
        if self._in_body:
            # RFC 9112 section 7.1.1 allows any 4xx for chunk extensions that are too long.
            return Refusal(413, "The chunk sizes, chunk extensions and trailers are too long.")
        if len(self.url) > HEAD_MAX_BYTES // 2:
            return Refusal(414, "The request target is too long.")
        return Refusal(431, f"The head of the request is longer than {HEAD_MAX_BYTES} bytes.")

    def _refuse(self, refusal: Refusal) -> None:
        """Answer without the application, and close the connection: what follows may not be a request."""
        answer = problem(refusal.status, refusal.detail, {**refusal.headers, "connection": "close"})
        content = [STATUS_LINE[refusal.status]]
        for name, value in [*self.server_state.default_headers, *answer.raw_headers]:
            content += [name, b": ", value, b"\r\n"]
        content.append(b"\r\n")
        if not self.url or self.parser.get_method() != b"HEAD":
            content.append(bytes(answer.body))
        self.transport.write(b"".join(content))
        self.linger()

    def linger(self) -> None:
        """Close once the client has stopped sending: a reset would destroy the answer before it is read."""
        self._drained = 0
        self._since = self._now()
        self._ahead = b""
        self._body.clear()
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()


class TlsInFront(BoundedProtocol):
    """The same behind a proxy that ends TLS."""

    tls_in_front = True


def _other_version() -> Refusal:
    return Refusal(505, "Only HTTP/1.1 and HTTP/1.0 are supported.")


class _ReadOtherwise(Exception):
    """httptools would not read the body: it expects none behind Upgrade, and does not know every spelling of
    `chunked` (it takes a tab behind a value for a part of it).
    """


class _LingeringTransport:
    """The part of a transport that an answer needs, with a `close` that waits for the client."""

    def __init__(self, protocol: BoundedProtocol) -> None:
        transport: Transport = protocol.transport
        self.write = transport.write
        self.is_closing = transport.is_closing
        self.close = protocol.linger
