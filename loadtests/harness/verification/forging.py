"""Forge credentials from the headers of a good one alone, so that they fit any scheme, known or not."""

import base64
import json
import secrets
import string
from collections.abc import Mapping
from typing import Any

from authbench.contracts.message import parse_json

_ALPHABET = string.ascii_letters + string.digits


def _split(headers: Mapping[str, str]) -> tuple[str, str, str, str]:
    """(header name, what stands before the credential, the credential itself, what follows it).

    The credential is in the first header; of several cookies it is the first.
    """
    name, value = next(iter(headers.items()))
    separator = "=" if name.lower() == "cookie" else " "
    before, _, rest = value.partition(separator)
    secret, end, after = rest.partition(";")
    return name, before + separator, secret, end + after


def _tampered(secret: str) -> str:
    """One character changed, ten before the end: inside a signature, and never in padding bits."""
    place = max(len(secret) - 10, 0)
    return secret[:place] + ("B" if secret[place] == "A" else "A") + secret[place + 1 :]


def _invented(secret: str) -> str:
    """The same shape, never issued: random characters, punctuation kept."""
    return "".join(secrets.choice(_ALPHABET) if c in _ALPHABET else c for c in secret)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _forged_jws(header: str, payload: str, signature: str, claims: dict[str, Any]) -> dict[str, str]:
    """The same claims under alg none (RFC 8725 section 2.1), and another subject under the old signature."""
    unsigned = _encode(json.dumps({"alg": "none", "typ": "at+jwt"}).encode())
    return {
        "unsigned": f"{unsigned}.{payload}.",
        "another-subject": f"{header}.{_encode(json.dumps(claims | {'sub': 'root'}).encode())}.{signature}",
    }


def _claims_of(parts: list[str]) -> dict[str, Any] | None:
    """The claims of a JWS; None for another credential in three parts, as itsdangerous signs them."""
    try:
        claims = parse_json(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, IndexError):
        return None
    return claims if len(parts) == 3 and isinstance(claims, dict) else None


def forge(good: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """Forge the headers of a request from those of a good one, by kind: none, changed, invented.

    A JWS is also given no signature and another subject.
    """
    name, before, secret, after = _split(good)
    secrets_by_kind = {"tampered": _tampered(secret), "invented": _invented(secret)}
    parts = secret.split(".")
    if (claims := _claims_of(parts)) is not None:
        header, payload, signature = parts
        secrets_by_kind |= _forged_jws(header, payload, signature, claims)
    forged = {kind: {**good, name: before + other + after} for kind, other in secrets_by_kind.items()}
    return {"missing": {}, **forged}
