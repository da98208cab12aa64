"""Forge credentials from the headers of a good one alone, so that they fit any scheme, known or not."""

import base64
import json
import secrets
import string
from collections.abc import Mapping

_ALPHABET = string.ascii_letters + string.digits


def _other(character: str) -> str:
    return "A" if character != "A" else "B"


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
    return secret[:place] + _other(secret[place]) + secret[place + 1 :]


def _invented(secret: str) -> str:
    """The same shape, never issued: random characters, punctuation kept."""
    return "".join(secrets.choice(_ALPHABET) if c in _ALPHABET else c for c in secret)


def _as_jws(secret: str) -> tuple[str, str, str] | None:
    parts = secret.split(".")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unsigned(parts: tuple[str, str, str]) -> str:
    """The same claims under alg none (RFC 8725 section 2.1)."""
    header = _encode(json.dumps({"alg": "none", "typ": "at+jwt"}).encode())
    return f"{header}.{parts[1]}."


def _another_subject(parts: tuple[str, str, str]) -> str:
    """Another subject under the old signature."""
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    claims["sub"] = "root"
    return f"{parts[0]}.{_encode(json.dumps(claims).encode())}.{parts[2]}"


def forge(good: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """Forge the headers of a request from those of a good one, by kind: none, changed, invented.

    A credential in three parts is taken for a JWS, and is also given no signature and another subject.
    """
    name, before, secret, after = _split(good)
    secrets_by_kind = {"tampered": _tampered(secret), "invented": _invented(secret)}
    parts = _as_jws(secret)
    if parts is not None:
        secrets_by_kind |= {"unsigned": _unsigned(parts), "another-subject": _another_subject(parts)}
    forged = {kind: {**good, name: before + other + after} for kind, other in secrets_by_kind.items()}
    return {"missing": {}, **forged}
