"""Credentials that must be refused: the harness sends them between slices, to prove that the door is shut.

They are made from a good credential's headers alone, so that they fit any scheme, known or not.
"""

import base64
import json
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass

_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Canary:
    """A request's credential and the status it must get."""

    kind: str
    headers: Mapping[str, str]
    expected_status: int


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


def canaries(good: Mapping[str, str], expired: Mapping[str, str] | None, authenticates: bool) -> list[Canary]:
    """The good credential (200) and, when the scheme authenticates, every kind of bad one (401)."""
    found = [Canary("good", good, 200)]
    if not authenticates:
        return found
    name, before, secret, after = _split(good)

    def instead(other: str) -> dict[str, str]:
        """The good request with another credential, and everything that came with it."""
        return {**good, name: before + other + after}

    found += [
        Canary("missing", {}, 401),
        Canary("tampered", instead(_tampered(secret)), 401),
        Canary("invented", instead(_invented(secret)), 401),
    ]
    parts = _as_jws(secret)
    if parts is not None:
        found += [
            Canary("unsigned", instead(_unsigned(parts)), 401),
            Canary("another-subject", instead(_another_subject(parts)), 401),
        ]
    if expired is not None:
        found.append(Canary("expired", expired, 401))
    return found
