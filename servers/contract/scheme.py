"""The contract of a scheme. One new file in `servers/schemes/` is one new scheme; no list names it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Protocol

from starlette.requests import Request
from starlette.types import ASGIApp

from authbench.contracts.card import Card
from servers.contract.claims import Claims, Identity
from servers.contract.errors import NotOffered
from servers.contract.settings import ServerSettings
from servers.keys.keys import Keys


class Offer(StrEnum):
    """An endpoint that not every scheme offers; it answers 404 behind the others."""

    REFRESH = "refresh"
    """POST /refresh"""
    LOGOUT_EVERYWHERE = "logout-everywhere"
    """POST /logout-everywhere"""
    SESSIONS = "sessions"
    """GET /sessions, DELETE /sessions/{id}"""
    CSRF_TOKEN = "csrf-token"  # noqa: S105 - a name
    """GET /csrf"""


@dataclass(frozen=True, slots=True)
class Account:
    """A user who can log in. The username is the subject; the scope is space-separated."""

    username: str
    password_hash: str
    scope: str
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Credential:
    """What a client presents: request headers, and the claims they stand for."""

    headers: dict[str, str]
    claims: Claims
    refresh: str | None = None
    """The refresh token, if the scheme has any."""


@dataclass(frozen=True, slots=True)
class Login:
    """One login of a user, as the user may see it. Times in Unix seconds."""

    id: str
    """A public name of the login, which gives no access."""
    issued_at: int
    expires_at: int
    current: bool | None
    """Whether the request comes from this login; None where a request does not show it."""


@dataclass(frozen=True, slots=True)
class Issued:
    """The scheme's part of an answer to a login or logout. Headers are (name, value) pairs."""

    body: dict[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    logged_out: bool = False
    """Whether the login that asked has ended: a browser is then told to forget what pages kept of it."""


Mark = bytes | None
"""The state of a user's credentials that `before_login` noted; None if the scheme keeps none."""


class Layer(Protocol):
    """Makes an ASGI application around another one: a class of such, or a function."""

    def __call__(self, app: ASGIApp, /) -> ASGIApp: ...


class Scheme(ABC):
    """One way to authenticate a request.

    Construction has no side effects, so that a card can be read. `start` opens what the scheme needs, or
    raises `Failure`. Every operation that needs the store may raise `StoreUnavailable`.
    """

    name: ClassVar[str]
    """Its name in experiments and on the command line."""
    layer: Layer | None = None
    """A layer around the application, for schemes that must do something to every answer.

    Its cost belongs to the scheme. It is the only middleware in which two servers may differ.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.credentials_issued = 0
        self.origin = settings.public_origin or ""
        """The origin of this server for clients, such as http://127.0.0.1:8000. Set before `start`."""

    @property
    @abstractmethod
    def card(self) -> Card:
        """The properties of the scheme under these settings."""

    @property
    @abstractmethod
    def challenge(self) -> str:
        """The WWW-Authenticate value of a 401 (RFC 9110 section 11.6.1)."""

    @cached_property
    def keys(self) -> Keys:
        """The keys it signs with, read from the directory of the settings or drawn at the first use."""
        return Keys(self.settings.keys_directory)

    @property
    def security(self) -> dict[str, str] | None:
        """The OpenAPI security scheme; None if requests need no credential."""
        return None

    @property
    def offers(self) -> frozenset[Offer]:
        """Endpoints it offers beyond login and logout, under these settings."""
        return frozenset()

    @property
    def crypto(self) -> dict[str, str | int]:
        """Algorithm, key_bits, library and backend; empty without cryptography."""
        return {}

    @property
    def ends_with_its_keys(self) -> bool:
        """Whether a credential is refused once the key that signed it is removed."""
        return False

    @property
    def store_failures(self) -> int:
        """How often the store was unavailable since the start."""
        return 0

    @property
    def store_statements(self) -> dict[str, int]:
        """First word in lower case -> SQL statements since the start; empty without a store in SQL."""
        return {}

    def prepare(self) -> None:
        """Take the keys, which all processes of a server share.

        Called once before they fork, and in each of them again when the keys have changed.
        """
        self.keys  # noqa: B018 - drawn now if they are drawn

    async def start(self) -> None:
        """Open what the scheme needs. Called once in each process, before its first request."""

    async def stop(self) -> None:
        """Close what `start` opened."""

    def scope_challenge(self, scope: str | None) -> str | None:
        """The WWW-Authenticate value of an `InsufficientScope`, for schemes that have one."""
        return None

    def check_state_change(self, request: Request) -> None:
        """Raise `Forbidden` if the request may not change state. For schemes a browser authenticates."""

    async def before_login(self, username: str) -> Mark:
        """Note the state of the user's credentials before the account is read, for `issue`.

        `issue` refuses if the user's credentials were ended, or the password or role changed, in between.
        Takes the same time for users who do not exist.
        """
        return None

    @abstractmethod
    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        """Give the account, whose password was verified, a new credential.

        `Unauthenticated` if the user's credentials were ended after `mark` was noted.
        """

    @abstractmethod
    async def authenticate(self, request: Request) -> Identity:
        """Say who sent the request. `Unauthenticated` if that is not proven."""

    async def confirm(self, request: Request) -> Identity:
        """`authenticate` by the store alone. `Unauthenticated` if the login has ended."""
        return await self.authenticate(request)

    @abstractmethod
    async def revoke(self, request: Request) -> Issued:
        """End the presented credential, as far as the card says."""

    async def refresh(self, request: Request) -> Issued:
        """Exchange the refresh token in the body for new tokens. `InvalidGrant` if it is refused."""
        raise NotOffered

    async def revoke_everywhere(self, request: Request) -> Issued:
        """End every credential of the caller, as far as the scheme can."""
        raise NotOffered

    async def logins(self, request: Request) -> list[Login]:
        """The live logins of the caller, the oldest first."""
        raise NotOffered

    async def revoke_login(self, request: Request, handle: str) -> Issued | None:
        """End the login of the caller with this id, which may be the one that asks. None if there is none."""
        raise NotOffered

    async def csrf_token(self, request: Request) -> Issued:
        """A CSRF token for the caller's session, or for logging in."""
        raise NotOffered

    async def end_all(self, username: str) -> None:
        """End every credential of the user, and of logins under way; the card says when that takes effect."""

    async def password_changed(self, request: Request, account: Account) -> Issued:
        """End every credential of the account, also the presented one, as far as the scheme can.

        A cookie is replaced in the same answer (ASVS 5.0 7.2.4): the browser stays logged in with a new
        session id. A client with a token logs in again. `account` is as it was when the current password was
        proved.
        """
        await self.end_all(account.username)
        return Issued()

    async def role_changed(self, username: str, scope: str) -> None:
        """Apply a changed role to the user's credentials; the card says when that takes effect."""

    def rotate_keys(self) -> None:
        """Publish a fresh key, which signs later. What older keys signed stays valid until it expires."""
        raise NotOffered

    @abstractmethod
    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        """Make credentials for many claims at once, also for expired ones. For the harness only."""

    async def delete_keys(self) -> int:
        """Remove every key of this server from its store; return how many."""
        return 0

    async def ping_store(self, count: int) -> list[float]:
        """Measure round trips in microseconds over one open connection; empty without a store."""
        return []

    def store_memory_bytes(self) -> int | None:
        """Bytes of memory that this process uses as a store; None if it stores nothing."""
        return None
