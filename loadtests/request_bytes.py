"""A request as the bytes that go on the wire, made before the window."""

import re
from collections.abc import Mapping

# RFC 9110 section 5: a field name is a token; a value has no CR, LF or NUL (a line of its own otherwise).
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def lay_out_request(method: str, path: str, host: str, port: int, headers: Mapping[str, str]) -> bytes:
    """Return an HTTP/1.1 request without a body: Host, then `headers` as given, and nothing else.

    ValueError if a header could not be sent as it is; the message names the header, never its value.
    """
    authority = f"[{host}]" if ":" in host else host
    lines = [f"{method} {path} HTTP/1.1", f"Host: {authority}:{port}"]
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError(f"header {name!r} cannot be sent")
        lines.append(f"{name}: {value}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
