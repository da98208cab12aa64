"""What a session's value and a token's claims say, in the same fields; and what endpoints may know of it."""

import json
import secrets
import string
import time
from dataclasses import dataclass, replace
from typing import Any

from servers.parsing.strict_json import json_object

ISSUER = "https://authbench.invalid"
AUDIENCE = "https://api.authbench.invalid"
FIRST_PARTY = "first-party"
"""The client of POST /login: our own pages and programs. No OAuth client is registered under this name."""
CLIENT_SUBJECT = "client:"
"""What the subject of a client that acts for itself begins with, so that it is never taken for a user (RFC
9068 section 5, RFC 9700 section 4.15). No account is named so (`Accounts.add`)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What endpoints know of a request: who, what for, and through which client. Never how it was proven."""

    sub: str
    scopes: tuple[str, ...]
    client_id: str = FIRST_PARTY


@dataclass(frozen=True, slots=True)
class Extra:
    """What every credential of a server carries on top, so that its size can be chosen."""

    roles: tuple[str, ...] = ()
    payload: str = ""

    @classmethod
    def of_size(cls, roles: int, payload_bytes: int) -> "Extra":
        """So many roles, named as in a permission system, and a payload of so many ASCII characters."""
        letters = string.ascii_letters + string.digits
        return cls(
            tuple(f"department-{number:03d}:editor" for number in range(roles)),
            (letters * (payload_bytes // len(letters) + 1))[:payload_bytes],
        )


NOTHING_MORE = Extra()


@dataclass(frozen=True, slots=True)
class Claims:
    """A session's value and a token's claims: exactly these fields in both. Times in Unix seconds.

    The others are there only if there is anything to say. `roles` and `payload` are what an application keeps
    with an identity, and what makes a session or a token large. `jkt` binds a token to the client's key: the
    key's thumbprint (RFC 7638), inside `cnf` (RFC 9449 section 6.1). `sid` names the login a token belongs
    to, `ver` the version of its user's tokens: for schemes that can end either. Endpoints see none of them.
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
                claims = replace(
                    claims,
                    roles=_roles(value),
                    payload=_text(value, "payload"),
                    jkt=_jkt(value),
                    sid=_text(value, "sid"),
                    ver=_version(value),
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
        """The fields as JSON members, in their order; the optional ones only if there is anything to say."""
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
        """What endpoints may know of it."""
        return Identity(self.sub, tuple(self.scope.split()), self.client_id)


_END_OF_TIME = 1 << 53
"""Whole numbers up to here are the same to every reader of JSON (RFC 7493 section 2.2), and to a float."""
_CLAIM_NAMES = ("iss", "aud", "sub", "scope", "iat", "exp", "jti", "client_id")
"""Those RFC 9068 section 2.2 requires, and the scope."""


def _roles(value: Any) -> tuple[str, ...]:
    roles = value.get("roles", [])
    if type(roles) is not list or not all(type(role) is str for role in roles):
        raise ValueError("roles is of the wrong type")
    return tuple(roles)


def _text(value: Any, name: str) -> str:
    text = value.get(name, "")
    if type(text) is not str:
        raise ValueError(f"{name} is of the wrong type")
    return text


def _version(value: Any) -> int:
    version = value.get("ver", 0)
    if type(version) is not int:
        raise ValueError("ver is of the wrong type")
    return version


def _jkt(value: Any) -> str:
    confirmation = value.get("cnf", {})
    jkt = confirmation.get("jkt", "") if type(confirmation) is dict else None
    if type(jkt) is not str:
        raise ValueError("cnf is of the wrong type")
    return jkt


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
