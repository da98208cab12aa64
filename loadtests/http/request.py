"""A request as the bytes that go on the wire, and its acceptance; both made before the window."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from authbench.contracts.card import Operation

# RFC 9110 section 5: a field name is a token; a value has no CR, LF or NUL (a line of its own otherwise).
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# Where a request ends (RFC 9112 section 6) and whom it is for: ours to say.
_OURS = {"host", "content-length", "transfer-encoding"}


class LaidOutRequest(NamedTuple):
    """Bytes, and what the reply must be to be accepted."""

    wire: bytes
    status: int
    body: bytes | None
    """None: any body will do."""
    operation_code: int


def lay_out_operation(
    operation: Operation,
    host: str,
    port: int,
    headers: Mapping[str, str],
    content: bytes | None = None,
    expected_body: bytes | None = None,
    *,
    secure: bool = False,
    path: str | None = None,
) -> LaidOutRequest:
    """Lay out one operation's request, at its path or this one. ValueError as for `lay_out_request`."""
    asked = operation.path if path is None else path
    wire = lay_out_request(operation.method, asked, host, port, headers, content, secure=secure)
    return LaidOutRequest(wire, operation.status, expected_body, operation.code)


def lay_out_request(
    method: str,
    path: str,
    host: str,
    port: int,
    headers: Mapping[str, str],
    content: bytes | None = None,
    *,
    secure: bool = False,
) -> bytes:
    """Return an HTTP/1.1 request: Host, then `headers` as given, then what a body needs, and the body.

    A POST also says its Origin, as a browser does (cookie schemes demand it), and its Content-Length, which
    is 0 without content. Content is declared as JSON. An Origin or Content-Type among `headers` wins.
    ValueError if a header could not be sent as it is; the message names the header, never its value.
    """
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"{method} {path} HTTP/1.1", f"Host: {authority}"]
    given = {name.lower() for name in headers}
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or name.lower() in _OURS:
            raise ValueError(f"header {name!r} cannot be sent")
        lines.append(f"{name}: {value}")
    if method == "POST" and "origin" not in given:
        lines.append(f"Origin: {'https' if secure else 'http'}://{authority}")
    if content is not None and "content-type" not in given:
        lines.append("Content-Type: application/json")
    if method == "POST" or content is not None:
        lines.append(f"Content-Length: {len(content or b'')}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (content or b"")
