"""Claims, the same in a session's value and a token, and the identity that endpoints see of them."""

import json
import secrets
import string
import time
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from servers.parsing.strict_json import json_object

_T = TypeVar("_T")

ISSUER = "https://authbench.invalid"
AUDIENCE = "https://api.authbench.invalid"
FIRST_PARTY = "first-party"
"""The client of POST /login: our own pages and programs. No OAuth client is registered under this name."""
CLIENT_SUBJECT = "client:"
"""Prefix of the subject of a client that acts for itself, so that it is never taken for a user (RFC 9068
section 5, RFC 9700 section 4.15). `Accounts.add` refuses it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What endpoints know of a request: who sent it, with which scopes, through which client."""

    sub: str
    scopes: tuple[str, ...]
    client_id: str = FIRST_PARTY


@dataclass(frozen=True, slots=True)
class Extra:
    """Data that every credential of a server carries in addition, so that its size can be chosen."""

    roles: tuple[str, ...] = ()
    payload: str = ""

    @classmethod
    def of_size(cls, roles: int, payload_bytes: int) -> "Extra":
        letters = string.ascii_letters + string.digits
        return cls(
            tuple(f"department-{number:03d}:editor" for number in range(roles)),
            (letters * (payload_bytes // len(letters) + 1))[:payload_bytes],
        )


NOTHING_MORE = Extra()


@dataclass(frozen=True, slots=True)
class Claims:
    """A session's value and a token's claims: exactly these fields in both. Times in Unix seconds.

    Fields with a default are left out when they have it. `roles` and `payload` are those of `Extra`. `jkt` is
    the thumbprint (RFC 7638) of the key that a token is bound to, inside `cnf` (RFC 9449 section 6.1). `sid`
    names the login of a token, `ver` the version of its user's tokens, for schemes that can end either.
    """

    iss: str
    aud: str
    sub: str
    scope: str
    iat: int
    exp: int
    jti: str
    client_id: str = FIRST_PARTY
    roles: tuple[str, ...] = ()
    payload: str = ""
    jkt: str = ""
    sid: str = ""
    ver: int = 0

    @classmethod
    def parse(cls, value: Any) -> "Claims":
        """Read claims from decoded JSON. ValueError if a field is missing or of another type."""
        try:
            claims = cls(*[value[name] for name in _CLAIM_NAMES])
            if len(value) > len(_CLAIM_NAMES):
                roles: list[str] = _optional(value, "roles", [])
                if not set(map(type, roles)) <= {str}:
                    raise ValueError("roles is of the wrong type")
                claims = replace(
                    claims,
                    roles=tuple(roles),
                    payload=_optional(value, "payload", ""),
                    jkt=_optional(_optional(value, "cnf", {}), "jkt", ""),
                    sid=_optional(value, "sid", ""),
                    ver=_optional(value, "ver", 0),
                )
        except (KeyError, TypeError, IndexError):
            raise ValueError("a claim is missing") from None
        # type() and not isinstance(): True is an int.
        if not (
            type(claims.iat) is type(claims.exp) is int
            and claims.iat < _END_OF_TIME
            and claims.exp < _END_OF_TIME
            and type(claims.iss) is type(claims.aud) is type(claims.sub) is str
            and type(claims.scope) is type(claims.jti) is type(claims.client_id) is str
            and claims.sub
        ):
            raise ValueError("a claim is of the wrong type")
        return claims

    @classmethod
    def parse_json(cls, text: bytes | str) -> "Claims":
        """Read claims from JSON. ValueError if it is not JSON or not claims."""
        return cls.parse(json_object(text))

    def as_dict(self) -> dict[str, Any]:
        """The fields as JSON members, in their order, without optional ones that are empty."""
        members: dict[str, Any] = {name: getattr(self, name) for name in _CLAIM_NAMES}
        if self.roles:
            members["roles"] = list(self.roles)
        if self.payload:
            members["payload"] = self.payload
        if self.jkt:
            members["cnf"] = {"jkt": self.jkt}
        if self.sid:
            members["sid"] = self.sid
        if self.ver:
            members["ver"] = self.ver
        return members

    def as_json(self) -> str:
        """The fields as compact JSON: what is stored, and what is signed."""
        return json.dumps(self.as_dict(), separators=(",", ":"))

    def identity(self) -> Identity:
        return Identity(self.sub, tuple(self.scope.split()), self.client_id)


_END_OF_TIME = 1 << 53
"""Every reader of JSON, and a float, represents whole numbers up to here exactly (RFC 7493 section 2.2)."""
_CLAIM_NAMES = ("iss", "aud", "sub", "scope", "iat", "exp", "jti", "client_id")
"""The claims that RFC 9068 section 2.2 requires, and the scope."""


def _optional(value: Any, name: str, default: _T) -> _T:
    member = value.get(name, default)
    if type(member) is not type(default):
        raise ValueError(f"{name} is of the wrong type")
    return member


def new_claims(
    sub: str,
    scope: str,
    lifetime_s: int,
    now: int | None = None,
    extra: Extra = NOTHING_MORE,
    jkt: str = "",
    client_id: str = FIRST_PARTY,
) -> Claims:
    """Claims issued now. A lifetime of zero or less gives claims that have expired already."""
    issued = int(time.time()) if now is None else now
    expires = issued + lifetime_s
    return Claims(
        iss=ISSUER,
        aud=AUDIENCE,
        sub=sub,
        scope=scope,
        iat=min(issued, expires - 1),
        exp=expires,
        jti=secrets.token_urlsafe(16),
        client_id=client_id,
        roles=extra.roles,
        payload=extra.payload,
        jkt=jkt,
    )
