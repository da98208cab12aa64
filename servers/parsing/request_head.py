"""Read strictly what the head of a request says about its host, its target and its body, or refuse it.

For what llhttp accepts and RFC 9112 does not, or leaves to the server. llhttp itself refuses, with 400 unless
another status is named: a bare LF, a folded line, a space before the colon, NUL and other control characters,
an unknown method, another version of HTTP (505), a Content-Length that is no number or comes twice or beside
Transfer-Encoding, a chunk size that is not hexadecimal.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

from servers.parsing.header_fields import OPTIONAL_WHITESPACE

HEAD_MAX_BYTES = 16 * 1024
"""All of a request that is not its body: request line, fields, chunk sizes and extensions, trailers. Node.js
has the same limit for a head; nginx has 8 KiB for one field."""
FIELDS_MAX = 100
"""Fields of a head: Apache's LimitRequestFields, and the limit of Python's http.client."""
BODY_MAX_BYTES = 16 * 1024
"""Bytes of a body. The largest that an endpoint needs contains two passwords."""

FRAMING = frozenset(
    {b"host", b"expect", b"content-length", b"content-encoding", b"transfer-encoding", b"upgrade"}
)
"""Names of the fields that this module reads."""

Fields = Mapping[bytes, Sequence[bytes]]
"""Name in lower case -> values in order, only for the names in `FRAMING`."""

_HOST = re.compile(rb"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|[A-Za-z0-9._~-]+)(?::(?P<port>[0-9]{0,5}))?")
"""uri-host [":" port] (RFC 9110 section 7.2) for DNS names, IPv4 and IPv6 addresses. Without the sub-delims
and percent-encoding of RFC 3986: no name that resolves has them, and "a,b" may be two fields joined by a
proxy."""
_ABSOLUTE = re.compile(rb"(?P<scheme>(?i:https?))://(?P<host>[^/?#]*)(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?")
_PORT_MAX = 65535
_HTTP = b" HTTP/"
_VERSION_BYTES = len(b"1.1\r")
_OTHER_PROTOCOL = re.compile(rb" (?:RTSP|ICE)/[0-9.]+\s*\Z")


class Refusal(Exception):
    """The request is answered with this status, and then its connection is closed."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


def check_host(hosts: Sequence[bytes], version: str) -> None:
    """400 unless there is exactly one valid Host (RFC 9112 section 3.2); HTTP/1.0 may leave it out."""
    if not hosts and version == "1.0":
        return
    if len(hosts) != 1:
        raise Refusal(400, "The request must have exactly one Host field.")
    if not is_host(hosts[0]):
        raise Refusal(400, "The Host field is not valid.")


@lru_cache(maxsize=64)
def is_host(value: bytes) -> bool:
    """Whether `value` is a valid host, with or without a port."""
    found = _HOST.fullmatch(value)
    if found is None or int(found["port"] or 0) > _PORT_MAX:
        return False
    if found["v6"] is not None:
        try:
            IPv6Address(found["v6"].decode())
        except AddressValueError:
            return False
    return True


def is_other_protocol(data: bytes, line_end: int) -> bool:
    """Whether the request line that ends with the line feed at `line_end` is one of RTSP or ICE.

    llhttp reads those too, and does not say so: `POST /orders RTSP/1.0` would order (RFC 9112 section 2.3).
    """
    name_end = line_end - _VERSION_BYTES
    if data[name_end - len(_HTTP) : name_end] == _HTTP:
        return False
    return _OTHER_PROTOCOL.search(data, 0, line_end) is not None


def read_target(target: bytes, method: bytes, https: bool) -> tuple[bytes, bytes | None]:
    """The origin-form of a request target, and the host of an absolute-form (RFC 9112 section 3.2).

    That host replaces the Host field (section 3.2.2). 501 for CONNECT and `OPTIONS *`, 421 for an https URI
    that did not come by https (RFC 9110 section 7.4), 400 for any other target that is not valid.
    """
    if method == b"CONNECT" or (method == b"OPTIONS" and target == b"*"):
        raise not_supported()
    # llhttp accepts a fragment, which is no part of a target (RFC 9112 section 3.2.1).
    if target.startswith(b"/") and b"#" not in target:
        return target, None
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None or not is_host(absolute["host"]):
        raise Refusal(400, "The request target is not valid.")
    if not https and absolute["scheme"].lower() == b"https":
        raise Refusal(421, "The target is an https URI, and the connection is not encrypted.")
    return (absolute["path"] or b"/") + (absolute["query"] or b""), absolute["host"]


def not_supported() -> Refusal:
    """The refusal of a method that has no path: 501."""
    return Refusal(501, "CONNECT and OPTIONS * are not supported.")


def body_length(fields: Fields, version: str) -> int | None:
    """Bytes of the body that follows; None if it is chunked (RFC 9112 section 6)."""
    length: int | None = 0
    if b"transfer-encoding" in fields:
        _check_transfer_codings(b",".join(fields[b"transfer-encoding"]), version)
        length = None
    elif b"content-length" in fields:
        length = int(fields[b"content-length"][0])
        if length > BODY_MAX_BYTES:
            raise body_too_long()
    if length != 0:
        for coding in _members(fields.get(b"content-encoding", ())):
            if coding != b"identity":
                # RFC 9110 section 15.5.16: the answer says which coding is accepted.
                raise Refusal(415, "Content-Encoding is not supported.", {"accept-encoding": "identity"})
    return length


def _check_transfer_codings(value: bytes, version: str) -> None:
    """Accept only `chunked`. 400 where the end of the body is ambiguous, 501 for any other coding."""
    if version == "1.0":
        raise Refusal(400, "HTTP/1.0 has no Transfer-Encoding.")
    codings = list(_members([value]))
    if codings == [b"chunked"]:
        return
    if not codings or codings[-1] != b"chunked" or b"chunked" in codings[:-1]:
        raise Refusal(400, "The Transfer-Encoding does not say where the body ends.")
    raise Refusal(501, "Only the transfer coding chunked is supported.")


def expects_continue(fields: Fields, version: str) -> bool:
    """Whether the client waits for 100 before it sends the body. 417 for any other expectation.

    Expectations of HTTP/1.0 are ignored (RFC 9110 section 10.1.1).
    """
    expected = set(_members(fields.get(b"expect", ())))
    if version == "1.0" or not expected:
        return False
    if expected != {b"100-continue"}:
        raise Refusal(417, "Only the expectation 100-continue is supported.")
    return True


def body_too_long() -> Refusal:
    """The refusal of a body that is too long: 413."""
    return Refusal(413, f"The body is longer than {BODY_MAX_BYTES} bytes.")


def _members(values: Sequence[bytes]) -> list[bytes]:
    """Members of a comma-separated list, in lower case, without empty ones (RFC 9110 section 5.6.1)."""
    members = (member.strip(OPTIONAL_WHITESPACE).lower() for value in values for member in value.split(b","))
    return [member for member in members if member]
