"""What the head of a request says about its host, its target and its body: read strictly, or refused.

What llhttp lets through and RFC 9112 does not, or leaves to the server. llhttp itself refuses, always with
400: a bare LF, a folded line, a space before the colon, NUL and other control characters, a method it does
not know, Content-Length that is no number or comes twice or beside Transfer-Encoding, a chunk size that is
no hexadecimal number.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

from servers.parsing.header_fields import OPTIONAL_WHITESPACE

HEAD_MAX_BYTES = 16 * 1024
"""Everything of a request that is not its body: request line, fields, sizes and extensions of chunks,
trailers. Node.js has the same for a head; nginx gives a single field 8 KiB."""
FIELDS_MAX = 100
"""Fields of a head. Apache's LimitRequestFields, and what Python's own http.client reads of an answer."""
BODY_MAX_BYTES = 16 * 1024
"""Of a body, whoever reads it. The largest that an endpoint wants has two passwords in it."""

FRAMING = frozenset(
    {b"host", b"expect", b"content-length", b"content-encoding", b"transfer-encoding", b"upgrade"}
)
"""Names of the fields that are read here."""

Fields = Mapping[bytes, Sequence[bytes]]
"""Values by name in lower case, in order; of the names in `FRAMING` alone."""

_HOST = re.compile(rb"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|[A-Za-z0-9._~-]+)(?::(?P<port>[0-9]{0,5}))?")
"""uri-host [":" port] (RFC 9110 section 7.2) as DNS names, IPv4 and IPv6 addresses have it. Without the
sub-delims and percent-encoding that RFC 3986 allows in a reg-name: no name that resolves has them, and
"a,b" may be two fields that a proxy has joined."""
_ABSOLUTE = re.compile(rb"(?i:https?)://(?P<host>[^/?#]*)(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?")
_PORT_MAX = 65535


class Refusal(Exception):
    """The request is answered with this status, and its connection is closed."""

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
        raise Refusal(400, "The request needs exactly one Host.")
    if not is_host(hosts[0]):
        raise Refusal(400, "The Host is not valid.")


@lru_cache(maxsize=64)
def is_host(value: bytes) -> bool:
    """Whether it is a host, with or without a port."""
    found = _HOST.fullmatch(value)
    if found is None or int(found["port"] or 0) > _PORT_MAX:
        return False
    if found["v6"] is not None:
        try:
            IPv6Address(found["v6"].decode())
        except AddressValueError:
            return False
    return True


def read_target(target: bytes, method: bytes) -> tuple[bytes, bytes | None]:
    """The origin-form of a request target, and the host that its absolute-form names (RFC 9112 section 3.2).

    That host takes the place of the Host field (section 3.2.2). 501 for CONNECT and for `OPTIONS *`, which
    no resource here answers; 400 for whatever else is no target of this method.
    """
    if method == b"CONNECT" or (method == b"OPTIONS" and target == b"*"):
        raise Refusal(501, "The server answers for its resources only.")
    # llhttp hands a fragment on, which is no part of a target (RFC 9112 section 3.2.1).
    if target.startswith(b"/") and b"#" not in target:
        return target, None
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None or not is_host(absolute["host"]):
        raise Refusal(400, "The request target is not valid.")
    return (absolute["path"] or b"/") + (absolute["query"] or b""), absolute["host"]


def body_length(fields: Fields, version: str) -> int | None:
    """Bytes of the body that follows; None if it is chunked, and says its end itself (RFC 9112 section 6)."""
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
                # RFC 9110 section 15.5.16: the answer says which would have been accepted.
                raise Refusal(415, "The body must not be encoded.", {"accept-encoding": "identity"})
    return length


def _check_transfer_codings(value: bytes, version: str) -> None:
    """Chunked alone will do. 400 where the end of the body could be understood in two ways, 501 otherwise."""
    if version == "1.0":
        raise Refusal(400, "HTTP/1.0 has no Transfer-Encoding.")
    codings = list(_members([value]))
    if codings == [b"chunked"]:
        return
    if not codings or codings[-1] != b"chunked" or b"chunked" in codings[:-1]:
        raise Refusal(400, "The Transfer-Encoding does not say where the body ends.")
    raise Refusal(501, "The only transfer coding is chunked.")


def expects_continue(fields: Fields, version: str) -> bool:
    """Whether the client waits for 100 before it sends the body. 417 if it expects anything else.

    What HTTP/1.0 expects is ignored (RFC 9110 section 10.1.1).
    """
    expected = set(_members(fields.get(b"expect", ())))
    if version == "1.0" or not expected:
        return False
    if expected != {b"100-continue"}:
        raise Refusal(417, "The only expectation that can be met is 100-continue.")
    return True


def body_too_long() -> Refusal:
    """Make the refusal of a body that is too long: 413."""
    return Refusal(413, f"The body is longer than {BODY_MAX_BYTES} bytes.")


def _members(values: Sequence[bytes]) -> list[bytes]:
    """Of a comma-separated list, in lower case; empty ones are none (RFC 9110 section 5.6.1)."""
    members = (member.strip(OPTIONAL_WHITESPACE).lower() for value in values for member in value.split(b","))
    return [member for member in members if member]
