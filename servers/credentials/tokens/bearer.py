"""Bearer tokens in requests and the challenges that answer them (RFC 6750)."""

import re

from starlette.requests import Request

from servers.contract.errors import Unauthenticated
from servers.parsing.header_fields import field_values

REALM = 'Bearer realm="authbench"'
"""The challenge for a request without credentials: no error code (RFC 6750 section 3.1)."""
INVALID_REQUEST = f'{REALM}, error="invalid_request"'
INVALID_TOKEN = f'{REALM}, error="invalid_token"'

_CREDENTIALS = re.compile(rb"bearer +([A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)
"""RFC 6750 section 2.1, with the scheme in any case (RFC 9110 section 11.1)."""


def bearer_token(request: Request) -> str:
    """The token of the one Authorization header. `Unauthenticated` without one, or with more.

    Always 401, also where RFC 6750 suggests 400: one status says that a credential was refused.
    """
    values = field_values(request, b"authorization")
    if not values:
        raise Unauthenticated("A bearer token is needed.")
    if len(values) > 1:
        raise Unauthenticated("More than one Authorization header.", INVALID_REQUEST)
    found = _CREDENTIALS.fullmatch(values[0])
    if found is None:
        if values[0].lower().split(None, 1)[:1] == [b"bearer"]:
            raise refuse_token()
        raise Unauthenticated("A bearer token is needed.")
    return found[1].decode("ascii")


def insufficient_scope(realm: str, scope: str | None) -> str:
    """The challenge of a 403 (RFC 6750 section 3.1), naming the scope that would do, if one would."""
    needed = "" if scope is None else f', scope="{scope}"'
    return f'{realm}, error="insufficient_scope"{needed}'


def refuse_token() -> Unauthenticated:
    """The answer to a token that is expired, forged or malformed. Which one it is stays here."""
    return Unauthenticated("The token is not valid.", INVALID_TOKEN)
