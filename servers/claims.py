"""What a session's value and a token's claims say, in the same fields; and what endpoints may know of it."""

import json
import secrets
import time
from dataclasses import dataclass, fields
from typing import Any

ISSUER = "https://authbench.invalid"
AUDIENCE = "https://api.authbench.invalid"


@dataclass(frozen=True, slots=True)
class Identity:
    """What endpoints know of a request: who, and what for. Never how it was proven."""

    sub: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claims:
    """A session's value and a token's claims: exactly these fields in both. Times in Unix seconds."""

    iss: str
    aud: str
    sub: str
    scope: str
    iat: int
    exp: int
    jti: str

    @classmethod
    def parse(cls, value: Any) -> "Claims":
        """Read claims from decoded JSON. ValueError if a field is missing or of another type."""
        try:
            claims = cls(*[value[name] for name in _CLAIM_NAMES])
        except (KeyError, TypeError, IndexError):
            raise ValueError("a claim is missing") from None
        # type() and not isinstance(): True is an int.
        if not (
            type(claims.iat) is type(claims.exp) is int
            and type(claims.iss) is type(claims.aud) is type(claims.sub) is str
            and type(claims.scope) is type(claims.jti) is str
            and claims.sub
        ):
            raise ValueError("a claim is of the wrong type")
        return claims

    @classmethod
    def parse_json(cls, text: bytes | str) -> "Claims":
        """Read claims from JSON. ValueError if it is not JSON or not claims."""
        try:
            return cls.parse(json.loads(text))
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def as_dict(self) -> dict[str, str | int]:
        """The fields as JSON members, in their order."""
        return {name: getattr(self, name) for name in _CLAIM_NAMES}

    def as_json(self) -> str:
        """The fields as compact JSON: what is stored, and what is signed."""
        return json.dumps(self.as_dict(), separators=(",", ":"))

    def identity(self) -> Identity:
        """What endpoints may know of it."""
        return Identity(self.sub, tuple(self.scope.split()))


_CLAIM_NAMES = tuple(item.name for item in fields(Claims))


def new_claims(sub: str, scope: str, lifetime_s: int, now: int | None = None) -> Claims:
    """Claims issued now. A lifetime of zero or less gives claims that have expired already."""
    issued = int(time.time()) if now is None else now
    expires = issued + lifetime_s
    return Claims(ISSUER, AUDIENCE, sub, scope, min(issued, expires - 1), expires, secrets.token_urlsafe(16))
