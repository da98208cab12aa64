"""Proof that a state change comes from our own pages. For schemes whose credential a browser attaches.

SameSite does not give it: a sibling host is the same site. OWASP CSRF Prevention, "Fetch Metadata headers"
with a fallback to Origin; browsers send at least one of the two with every POST. On top of it the signed
double-submit token, which only a page of our own origin can read and repeat (OWASP, "Signed Double-Submit
Cookie"): the server knows its own again and stores none. A token is bound to the session that presents it, so
one that an attacker was given for a session of their own, or before logging in, is worth nothing elsewhere.
"""

import hmac
import secrets

from starlette.requests import Request

from servers.contract.errors import Forbidden
from servers.credentials.cookies.cookies import Cookie
from servers.keys.signed_values import SignedValues
from servers.parsing.header_fields import field_values
from servers.parsing.origins import normal_origin

_HEADER = b"x-csrf-token"
_HOW = "GET /csrf, then repeat the cookie in X-CSRF-Token."
"""What helps whoever is refused, also where the key of an older token is gone."""
_NONCE_BYTES = 16
NO_SESSION = b""
"""What a token is bound to before there is a session: it is good for logging in, and for nothing else."""
_FINE_SITES = {b"same-origin", b"none"}


def require_own_origin(request: Request, public_origin: str | None) -> None:
    """Raise `Forbidden` unless every header that tells where the request comes from says: from here.

    Sec-Fetch-Site must be same-origin (or none: the user typed it). Origin must name the own origin:
    `public_origin` (in its normal form), or what the request itself was sent to; both are compared after
    parsing (RFC 6454 section 5). One of them must be there.
    """
    sites = field_values(request, b"sec-fetch-site")
    origins = field_values(request, b"origin")
    if not sites and not origins:
        raise Forbidden("The request does not say where it comes from: send Origin or Sec-Fetch-Site.")
    if len(sites) > 1 or (sites and sites[0] not in _FINE_SITES):
        raise Forbidden("The request comes from another site.")
    if origins and (len(origins) > 1 or not _is_own(origins[0], request, public_origin)):
        raise Forbidden("The request comes from another origin.")


def require_token(request: Request, cookie: Cookie, tokens: SignedValues, session: bytes) -> None:
    """Raise `Forbidden` unless X-CSRF-Token repeats the CSRF cookie, and it is bound to the session cookie.

    Exactly one of each: of two cookies, one may have been tossed by a sibling host.
    """
    sent = field_values(request, _HEADER)
    kept = cookie.values(request)
    if not sent or not kept:
        raise Forbidden(f"A CSRF token is needed: {_HOW}")
    if len(sent) > 1 or len(kept) > 1:
        raise Forbidden("More than one CSRF token.")
    if not hmac.compare_digest(sent[0], kept[0]) or not is_token(tokens, kept[0], session):
        raise Forbidden(f"The CSRF token is not the one of this session: {_HOW}")


def new_token(tokens: SignedValues, session: bytes) -> str:
    """A token for whoever presents this session cookie: a nonce, signed and bound to the session.

    Scripts can read the token: of the session's value only a keyed hash gets into it.
    """
    return tokens.sign(secrets.token_bytes(_NONCE_BYTES), session)


def is_token(tokens: SignedValues, token: bytes, session: bytes) -> bool:
    """Whether the token was made here for this session cookie. Any bytes may be asked about."""
    try:
        return len(tokens.content(token, session)) == _NONCE_BYTES
    except ValueError:
        return False


def _is_own(origin: bytes, request: Request, public_origin: str | None) -> bool:
    """Whether it is the origin of our own pages. Not if the request cannot tell what that is."""
    try:
        return normal_origin(origin.decode("ascii")) == (public_origin or _origin_sent_to(request))
    except ValueError:
        return False


def _origin_sent_to(request: Request) -> str:
    """By the one Host header. ValueError without one that names a host."""
    hosts = field_values(request, b"host")
    if len(hosts) != 1:
        raise ValueError("not one Host header")
    return normal_origin(f"{request.scope['scheme']}://{hosts[0].decode('ascii')}")
