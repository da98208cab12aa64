"""Read the parameters of OAuth requests: each at most once (RFC 6749 sections 3.1 and 3.2)."""

from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from servers.authorization_server.errors import OAuthError
from servers.parsing.header_fields import media_type

_FIELDS_MAX = 64
"""Also counts empty ones between two `&`."""


def parameters(content: bytes) -> dict[str, str]:
    """The parameters of a query or a form, as browsers write them (WHATWG URL section 5.1).

    A parameter without a value is absent (RFC 6749 section 3.1). `OAuthError` if one comes twice, or if
    percent-encoded bytes are not UTF-8.
    """
    try:
        pairs = parse_qsl(
            content.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX
        )
    except ValueError:
        raise OAuthError("invalid_request", "The parameters cannot be read.") from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise OAuthError("invalid_request", "A parameter comes twice.")
        found[name] = value
    return {name: value for name, value in found.items() if value}


async def form(request: Request) -> dict[str, str]:
    """The parameters of a form-encoded body."""
    if media_type(request) != b"application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "The body must be application/x-www-form-urlencoded.")
    try:
        body = await request.body()
    except ClientDisconnect:
        raise OAuthError("invalid_request", "The client closed the connection.") from None
    return parameters(body)
