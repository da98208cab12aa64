"""What of a credential was drawn at random, and a credential of the same shape that was never issued."""

import json
import secrets
from collections.abc import Mapping

from loadtests.attacks.laboratory.jws import decoded, encoded
from loadtests.attacks.laboratory.presented import Presented
from loadtests.clients.client import Headers


def never_issued(headers: Headers) -> Headers:
    """The headers of a credential of the same shape that nobody ever issued.

    An id: other random bytes. Signed claims: the same claims under a signature of random bytes.
    """
    presented = Presented.of(headers)
    signed, dot, last = presented.text.rpartition(".")
    return presented.replaced(signed + dot + encoded(secrets.token_bytes(len(bytes_of(last)))))


def drawn_in(text: str) -> dict[str, bytes]:
    """By name, what a server drew for this credential: the id itself, or the `jti` of signed claims.

    Empty where nothing is found. A signature is not drawn: what makes it hard to guess is the key.
    """
    parts = text.split(".")
    if len(parts) == 1:
        return {"id": bytes_of(text)}
    for part in parts:
        claims = _claims(part)
        if claims is not None and isinstance(claims.get("jti"), str):
            return {"jti": bytes_of(str(claims["jti"]))}
    return {}


def drawn_in_refresh_token(token: str) -> dict[str, bytes]:
    """By name, what a server drew for a refresh token: its parts between dots."""
    return {f"refresh token, part {place}": bytes_of(part) for place, part in enumerate(token.split("."), 1)}


def bytes_of(text: str) -> bytes:
    """What a text in base64url stands for; its characters where it is something else."""
    try:
        return decoded(text)
    except ValueError:
        return text.encode()


def _claims(part: str) -> Mapping[str, object] | None:
    try:
        found = json.loads(bytes_of(part))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
