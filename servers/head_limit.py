"""A bound on the head of a request: 431 beyond it (RFC 6585 section 5).

uvicorn has none with httptools: a client could send headers until the memory is full. And a token that has
grown with its claims meets such a bound at every proxy, so it should meet one here.
"""

import json

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_MAX_BYTES = 16 * 1024
"""Names and values of all headers together, and anything of a head that is not complete. Node.js has the
same; nginx gives a single header 8 KiB (large_client_header_buffers)."""

_BODY = json.dumps(
    {
        "type": "about:blank",
        "title": "Request Header Fields Too Large",
        "status": 431,
        "detail": f"The head of the request is longer than {HEAD_MAX_BYTES} bytes.",
    }
).encode()
_REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"cache-control: no-store\r\n"
    b"content-type: application/problem+json\r\n"
    b"content-length: " + str(len(_BODY)).encode() + b"\r\n"
    b"connection: close\r\n\r\n" + _BODY
)


class LimitedHead(HttpToolsProtocol):
    """uvicorn's protocol with that bound. The connection is closed: what follows cannot be trusted to end."""

    _in_head = True
    _head_bytes = 0
    _pending_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Parse; refuse a head that does not come to an end."""
        super().data_received(data)
        if self._in_head:
            self._pending_bytes += len(data)
            if self._pending_bytes > HEAD_MAX_BYTES and not self.transport.is_closing():
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """Count from here."""
        self._in_head = True
        self._head_bytes = self._pending_bytes = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count; what is raised ends in `send_400_response`."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > HEAD_MAX_BYTES:
            raise httptools.HttpParserError("head too long")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Whatever follows is a body, which has a bound of its own."""
        self._in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """431 instead, if the head was too long."""
        if max(self._head_bytes, self._pending_bytes) <= HEAD_MAX_BYTES:
            super().send_400_response(msg)
            return
        self.transport.write(_REFUSAL)
        self.transport.close()
