"""Tokens as an attacker makes them (RFC 7515): any header, any claims, any signature."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

Members = dict[str, Any]

_HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


@dataclass(frozen=True)
class Jws:
    """A token in compact serialization, taken apart."""

    header: Members
    claims: Members
    signature: str

    @classmethod
    def parse(cls, text: str) -> "Jws | None":
        """None unless it has three parts, the first two of them JSON objects."""
        parts = text.split(".")
        if len(parts) != 3:
            return None
        try:
            header, claims = (json.loads(decoded(part)) for part in parts[:2])
        except ValueError:
            return None
        return (
            cls(header, claims, parts[2]) if isinstance(header, dict) and isinstance(claims, dict) else None
        )


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of such a text. ValueError if it is none."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signing_input(header: Members, claims: Members | bytes) -> str:
    """The first two parts of a token, as RFC 7515 section 5.1 makes them; `claims` as they are if bytes."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims, separators=(",", ":")).encode()
    return f"{encoded(json.dumps(header, separators=(',', ':')).encode())}.{encoded(payload)}"


def with_hmac(header: Members, claims: Members | bytes, key: bytes) -> str:
    """Signed with HMAC under the header's algorithm, HS256 for any that is none of these."""
    text = signing_input(header, claims)
    algorithm = _HASHES.get(str(header.get("alg")), hashlib.sha256)
    return f"{text}.{encoded(hmac.new(key, text.encode(), algorithm).digest())}"
