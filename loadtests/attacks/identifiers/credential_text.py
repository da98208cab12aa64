"""The text of a credential inside the headers that present it, and what of it was drawn at random."""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping

from loadtests.clients.client import Headers


def text_of(headers: Headers) -> str:
    """The credential: the value of the first cookie, or what follows the scheme's name in Authorization."""
    if "Cookie" in headers:
        return headers["Cookie"].partition(";")[0].partition("=")[2]
    return headers["Authorization"].partition(" ")[2]


def with_text(headers: Headers, text: str) -> Headers:
    """The same headers with another credential in its place."""
    name = "Cookie" if "Cookie" in headers else "Authorization"
    return {**headers, name: headers[name].replace(text_of(headers), text, 1)}


def never_issued(headers: Headers) -> Headers:
    """The headers of a credential of the same shape that nobody ever issued.

    An id: other random bytes. Signed claims: the same claims under a signature of random bytes.
    """
    text = text_of(headers)
    signed, dot, last = text.rpartition(".")
    return with_text(headers, signed + dot + encoded(secrets.token_bytes(len(decoded(last)))))


def drawn_in(text: str) -> dict[str, bytes]:
    """By name, what a server drew for this credential: the id itself, or the `jti` of signed claims.

    Empty where nothing is found. A signature is not drawn: what makes it hard to guess is the key.
    """
    parts = text.split(".")
    if len(parts) == 1:
        return {"id": decoded(text)}
    for part in parts:
        claims = _claims(part)
        if isinstance(claims, dict) and isinstance(claims.get("jti"), str):
            return {"jti": decoded(claims["jti"])}
    return {}


def drawn_in_refresh_token(token: str) -> dict[str, bytes]:
    """By name, what a server drew for a refresh token: its parts between dots."""
    return {f"refresh token, part {place}": decoded(part) for place, part in enumerate(token.split("."), 1)}


def encoded(content: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Bytes in base64url without padding; the text itself in bytes where it is something else."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return text.encode()


def _claims(part: str) -> Mapping[str, object] | None:
    try:
        found = json.loads(decoded(part))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
