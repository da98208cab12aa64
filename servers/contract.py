"""What a scheme is. One new file in `servers/schemes/` is one new scheme; nothing else knows its name."""

import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from starlette.requests import Request

from authbench.card import Card
from servers.accounts import Account
from servers.settings import ServerSettings

ISSUER = "https://authbench.invalid"
AUDIENCE = "https://api.authbench.invalid"


class Unauthenticated(Exception):
    """No identity: 401. `reason` goes to the client, so it never quotes what the client sent.

    `challenge` replaces the scheme's own WWW-Authenticate value where the reason belongs into it.
    """

    def __init__(self, reason: str, challenge: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.challenge = challenge


class Forbidden(Exception):
    """The request may not change state, whoever sent it: 403."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StoreUnavailable(Exception):
    """The store did not answer in time, or answered with an error: 503, never an open door."""


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

    def as_dict(self) -> dict[str, str | int]:
        """The fields as JSON members, in their order."""
        return {name: getattr(self, name) for name in _CLAIM_NAMES}

    def identity(self) -> "Identity":
        """What endpoints may know of it."""
        return Identity(self.sub, tuple(self.scope.split()))


_CLAIM_NAMES = tuple(item.name for item in fields(Claims))


def new_claims(sub: str, scope: str, lifetime_s: int, now: int | None = None) -> Claims:
    """Claims issued now. A lifetime of zero or less gives claims that have expired already."""
    issued = int(time.time()) if now is None else now
    expires = issued + lifetime_s
    return Claims(ISSUER, AUDIENCE, sub, scope, min(issued, expires - 1), expires, secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class Identity:
    """What endpoints know of a request: who, and what for. Never how it was proven."""

    sub: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Credential:
    """What a client presents: request headers, and the claims they stand for."""

    headers: dict[str, str]
    claims: Claims


@dataclass(frozen=True, slots=True)
class Issued:
    """The scheme's part of an answer to a login or logout. Headers are (name, value) pairs."""

    body: dict[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()


class Scheme(ABC):
    """One way to authenticate a request.

    Constructing has no side effects: a scheme is built to read its card. `start` opens what it needs and
    raises `Failure` if it cannot. Every operation that needs the store may raise `StoreUnavailable`.
    """

    name: ClassVar[str]
    """How experiments and the command line call it."""

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.credentials_issued = 0

    @property
    @abstractmethod
    def card(self) -> Card:
        """What the scheme declares of itself under these settings."""

    @property
    @abstractmethod
    def challenge(self) -> str:
        """The WWW-Authenticate value of a 401 (RFC 9110 section 11.6.1)."""

    @property
    def crypto(self) -> dict[str, str | int]:
        """Algorithm, key_bits, library, backend; empty where there is no cryptography to name."""
        return {}

    @property
    def store_failures(self) -> int:
        """How often the store was unavailable since the start."""
        return 0

    async def start(self) -> None:  # noqa: B027 - nothing to open is the common case
        """Open what the scheme needs. Called once, before the first request."""

    async def stop(self) -> None:  # noqa: B027
        """Close it again."""

    def check_state_change(self, request: Request) -> None:  # noqa: B027
        """Raise `Forbidden` if the request may not change state. For schemes a browser authenticates."""

    @abstractmethod
    async def issue(self, account: Account, request: Request) -> Issued:
        """Give the account, whose password was verified, a new credential."""

    @abstractmethod
    async def authenticate(self, request: Request) -> Identity:
        """Say who sent the request. `Unauthenticated` if that is not proven."""

    @abstractmethod
    async def revoke(self, request: Request) -> Issued:
        """End the presented credential as far as the scheme can; the card says how far."""

    @abstractmethod
    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        """Credentials for many claims at once, expired ones included. For the harness only."""

    async def delete_keys(self) -> int:
        """Remove everything of this server from its store; how much that was."""
        return 0

    async def ping_store(self, count: int) -> list[float]:
        """Round trips in microseconds over one open connection; empty without a store."""
        del count
        return []
