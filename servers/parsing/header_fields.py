"""All values of a header field, for callers that refuse a second one."""

from starlette.requests import Request

OPTIONAL_WHITESPACE = b" \t"
"""OWS, which may surround a field value and is no part of it (RFC 9110 sections 5.5 and 5.6.3). llhttp, the
parser, removes it only in front of a value."""


def media_type(request: Request) -> bytes:
    """The media type of the body in lower case, without parameters; empty unless exactly one is declared.

    Of two, a proxy may have used the other.
    """
    declared = field_values(request, b"content-type")
    if len(declared) != 1:
        return b""
    return declared[0].partition(b";")[0].rstrip(OPTIONAL_WHITESPACE).lower()


def field_values(request: Request, name: bytes) -> list[bytes]:
    """The values of every field called `name` (in lower case), in order, stripped."""
    return [value.strip(OPTIONAL_WHITESPACE) for field, value in request.scope["headers"] if field == name]
