"""What a scheme is. One new file in `servers/schemes/` is one new scheme; nothing else knows its name."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Protocol

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from authbench.contracts.card import Card
from servers.contract.claims import Claims, Identity
from servers.contract.errors import NotOffered
from servers.contract.settings import ServerSettings
from servers.database.accounts import Account
from servers.keys.keys import Keys


class Offer(StrEnum):
    """A credential endpoint that not every scheme has. Without the offer it answers 404."""

    REFRESH = "refresh"
    """POST /refresh"""
    LOGOUT_EVERYWHERE = "logout-everywhere"
    """POST /logout-everywhere"""
    SESSIONS = "sessions"
    """GET /sessions, DELETE /sessions/{id}"""
    CSRF_TOKEN = "csrf-token"  # noqa: S105 - a name
    """GET /csrf"""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a client presents: request headers, and the claims they stand for."""

    headers: dict[str, str]
    claims: Claims
    refresh: str | None = None
    """The refresh token that came with it, if the scheme has any."""


@dataclass(frozen=True, slots=True)
class Login:
    """One login of a user, as the user may see it. Times in Unix seconds."""

    id: str
    """The public handle: it names the login and opens nothing."""
    issued_at: int
    expires_at: int
    current: bool | None
    """Whether it is the one asking; None where a request does not tell."""


@dataclass(frozen=True, slots=True)
class Issued:
    """The scheme's part of an answer to a login or logout. Headers are (name, value) pairs."""

    body: dict[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()


Mark = bytes | None
"""What `before_login` took down of a user's credentials; None if there is nothing to go by."""


class Layer(Protocol):
    """An application around another one."""

    def __init__(self, app: ASGIApp) -> None: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as a rule by passing it on."""


class Scheme(ABC):
    """One way to authenticate a request.

    Constructing has no side effects: a scheme is built to read its card. `start` opens what it needs and
    raises `Failure` if it cannot. Every operation that needs the store may raise `StoreUnavailable`.
    """

    name: ClassVar[str]
    """How experiments and the command line call it."""
    layer: ClassVar[type[Layer] | None] = None
    """What the scheme puts around the application, for those that must do something to every answer.

    Its cost is the scheme's, and the only middleware in which two servers may differ.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.credentials_issued = 0
        self.origin = settings.public_origin or ""
        """What clients call this server, such as http://127.0.0.1:8000. Set before `start`."""

    @property
    @abstractmethod
    def card(self) -> Card:
        """What the scheme declares of itself under these settings."""

    @property
    @abstractmethod
    def challenge(self) -> str:
        """The WWW-Authenticate value of a 401 (RFC 9110 section 11.6.1)."""

    @cached_property
    def keys(self) -> Keys:
        """What it signs with: from the directory of the settings, or drawn; when first asked for."""
        return Keys(self.settings.keys_directory)

    @property
    def security(self) -> dict[str, str] | None:
        """The OpenAPI security scheme in force; None if requests need none."""
        return None

    @property
    def offers(self) -> frozenset[Offer]:
        """The credential endpoints it has beyond login and logout, under these settings."""
        return frozenset()

    @property
    def crypto(self) -> dict[str, str | int]:
        """Algorithm, key_bits, library, backend; empty where there is no cryptography to name."""
        return {}

    @property
    def store_failures(self) -> int:
        """How often the store was unavailable since the start."""
        return 0

    @property
    def store_statements(self) -> dict[str, int]:
        """Statements sent to the scheme's own SQL store since the start, by their first word in lower case.

        Empty for every other store: Redis counts for itself.
        """
        return {}

    def prepare(self) -> None:
        """Take what all processes of a server must share: its keys.

        Called once before they part, and in each of them again when the keys have changed.
        """
        self.keys  # noqa: B018 - if they are drawn, they are drawn now

    async def start(self) -> None:  # noqa: B027 - nothing to open is the common case
        """Open what the scheme needs. Called once in each process, before its first request."""

    async def stop(self) -> None:  # noqa: B027
        """Close it again."""

    def scope_challenge(self, scope: str | None) -> str | None:
        """The WWW-Authenticate value of an `InsufficientScope`, for schemes that have one."""
        del scope
        return None

    def check_state_change(self, request: Request) -> None:  # noqa: B027
        """Raise `Forbidden` if the request may not change state. For schemes a browser authenticates."""

    async def before_login(self, username: str) -> Mark:
        """Called before the account is read and its password verified; `issue` gets what this returns.

        So that a login which races the end of all the user's credentials, a change of the password or of
        the role leaves nothing behind: `issue` refuses if any of these came between. Takes the same time
        for users who do not exist.
        """
        del username
        return None

    @abstractmethod
    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        """Give the account, whose password was verified, a new credential.

        `Unauthenticated` if the user's credentials were ended after `mark` was taken.
        """

    @abstractmethod
    async def authenticate(self, request: Request) -> Identity:
        """Say who sent the request. `Unauthenticated` if that is not proven."""

    async def confirm(self, request: Request) -> Identity:
        """`authenticate` for what changes the account: nothing that the client kept counts, only the store.

        `Unauthenticated` if the login has ended.
        """
        return await self.authenticate(request)

    @abstractmethod
    async def revoke(self, request: Request) -> Issued:
        """End the presented credential as far as the scheme can; the card says how far."""

    async def refresh(self, request: Request) -> Issued:
        """Exchange the refresh token in the body for new tokens. `InvalidGrant` if it is refused."""
        del request
        raise NotOffered

    async def revoke_everywhere(self, request: Request) -> Issued:
        """End every credential of whoever sent the request, as far as the scheme can."""
        del request
        raise NotOffered

    async def logins(self, request: Request) -> list[Login]:
        """The live logins of whoever sent the request, oldest first."""
        del request
        raise NotOffered

    async def revoke_login(self, request: Request, handle: str) -> bool:
        """End one of them; False if none of theirs is called so."""
        del request, handle
        raise NotOffered

    async def csrf_token(self, request: Request) -> Issued:
        """A CSRF token for whoever sent the request: for their session, or for logging in."""
        del request
        raise NotOffered

    async def end_all(self, username: str) -> None:
        """End every credential of the user, and those of logins under way, as far as the scheme can.

        The card says when that is in force.
        """
        del username

    async def password_changed(self, request: Request, account: Account) -> Issued:
        """End every credential of the account, also the presented one, as far as the scheme can.

        A cookie is replaced in the same answer (ASVS 5.0 7.2.4): a browser stays logged in, with another
        session id. Who sends a token logs in again, with the new password. `account` is as it was when the
        current password was proved.
        """
        del request
        await self.end_all(account.username)
        return Issued()

    async def role_changed(self, username: str, scope: str) -> None:
        """Bring a changed role into force as far as the scheme can; the card says when."""
        del username, scope

    def rotate_keys(self) -> None:
        """Publish a fresh key, to sign with later; what older keys signed stays good until it expires."""
        raise NotOffered

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

    def store_memory_bytes(self) -> int | None:
        """Memory of what this process itself stores; None if it stores nothing."""
        return None
