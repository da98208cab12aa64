"""All values of a header field, for callers that refuse a second one."""

from starlette.requests import Request

OPTIONAL_WHITESPACE = b" \t"
"""OWS, which may surround a field value and is no part of it (RFC 9110 sections 5.5 and 5.6.3). llhttp, the
parser, removes it only in front of a value."""


def field_values(request: Request, name: bytes) -> list[bytes]:
    """The values of every field called `name` (in lower case), in order, stripped."""
    return [value.strip(OPTIONAL_WHITESPACE) for field, value in request.scope["headers"] if field == name]
