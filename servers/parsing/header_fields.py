"""Header fields of a request, for those who must see every one of a name: a second one is refused."""

from starlette.requests import Request

OPTIONAL_WHITESPACE = b" \t"
"""OWS: what may surround a field value and is no part of it (RFC 9110 sections 5.5 and 5.6.3).

llhttp, the parser, takes it away in front of a value and leaves it behind.
"""


def field_values(request: Request, name: bytes) -> list[bytes]:
    """The values of every field called `name` (in lower case), in order, without what surrounds them."""
    return [value.strip(OPTIONAL_WHITESPACE) for field, value in request.scope["headers"] if field == name]
