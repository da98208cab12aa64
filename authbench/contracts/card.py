"""The card: what a scheme declares about itself. The harness verifies every statement of it."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, Field


class Operation(StrEnum):
    """What a client can do: the identical endpoints that every scheme serves, and the keys of a card.

    The order is the stored code: only append.
    """

    method: str
    path: str
    status: int
    """Of the reply to a request that is accepted."""
    uses_up_credential: bool
    """The credential cannot be presented again: each request needs one of its own."""
    code: int
    """The number stored in samples."""

    PUBLIC = "public", "GET", "/public"
    READ = "read", "GET", "/me"
    LOGIN = "login", "POST", "/login"
    LOGOUT = "logout", "POST", "/logout", 204, True
    REFRESH = "refresh", "POST", "/refresh", 200, True
    LIST_ORDERS = "list-orders", "GET", "/orders"
    ADD_ORDER = "add-order", "POST", "/orders", 201
    ADMIN_REPORT = "admin-report", "GET", "/admin/report"
    """The request presents a credential with the role `admin`."""
    LOGOUT_EVERYWHERE = "logout-everywhere", "POST", "/logout-everywhere", 204, True
    """The request's user has one live credential, the one presented."""

    def __new__(
        cls, name: str, method: str = "", path: str = "", status: int = 200, uses_up_credential: bool = False
    ) -> Self:
        """Make a member. Type checkers take these defaults for those of `Operation(name)`."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.method, member.path, member.status = method, path, status
        member.uses_up_credential = uses_up_credential
        member.code = len(cls.__members__)
        return member

    @property
    def request(self) -> str:
        """Method and path: 'GET /me'."""
        return f"{self.method} {self.path}"


PROTECTED = (Operation.READ, Operation.LIST_ORDERS, Operation.ADD_ORDER, Operation.ADMIN_REPORT)
"""Requests for a resource that need a credential, and leave it as it is."""


class RefreshPolicy(StrEnum):
    """What happens to a refresh token that was used. RFC 9700 section 4.14.2 asks for rotation."""

    STATIC = "static"
    """The token stays valid; a second user of it goes unnoticed."""
    STRICT = "strict"
    """The token is replaced; its second use ends the login, also for a client that lost the reply."""
    GRACE = "grace"
    """The token is replaced; for some seconds it still yields the same successor."""
    CONFIRM_ON_USE = "confirm-on-use"
    """The token is replaced; it yields the same successor until that is first used, then ends the login."""


class StoreLoss(StrEnum):
    """What a request with a live credential gets while the store of the scheme cannot be reached."""

    KEEPS_SERVING = "keeps serving"
    """It is accepted: no store is asked. What changes logins (login, logout, refresh) may need one still."""
    UNTIL_CACHE_ENDS = "keeps serving until its cache ends"
    """It is accepted at most for as long as the cache bounds staleness, then refused with 503."""
    REFUSES = "refuses"
    """503: nobody is let in whom the store does not vouch for."""
    LOGGED_OUT = "logged out"
    """The store is the process's own memory: it is lost with the process only, and every login with it."""


class StoreEmptied(StrEnum):
    """What becomes of credentials when the store is there again, and everything in it is gone."""

    KEEPS_SERVING = "keeps serving"
    """Nothing: the scheme has nothing there."""
    LOGGED_OUT = "logged out"
    """Every login is over, at the latest when its cache ends."""
    LOGGED_OUT_AT_REFRESH = "logged out at the next refresh"
    """Access tokens are good until they expire; no refresh token is."""
    REVOKED_WORK_AGAIN = "revoked credentials work again"
    """The store knew what was revoked, and nobody else does. Refresh tokens are gone as well."""


CacheState = Literal["hit", "miss"]
"""How an arm's cache answers: hit, every request of a credential; miss, none."""


class ClientDuty(StrEnum):
    """What a client must add to its requests besides the credential."""

    NONE = "none"
    CSRF_TOKEN = "csrf-token"  # noqa: S105 - a name
    """Requests that change state repeat the CSRF cookie in the header X-CSRF-Token."""
    DPOP_PROOF = "dpop-proof"
    """Every request carries a fresh proof, signed with the client's key (RFC 9449)."""


STATEMENTS = frozenset({"select", "insert", "update", "delete", "merge", "with", "values", "table"})
"""First words of SQL statements. None of them is a command of Redis that a scheme may use: SELECT sets up a
connection there."""


class Card(BaseModel, frozen=True, extra="forbid"):
    """What a request carries, what it asks of the store, and how long a revoked credential still works."""

    name: str = Field(description="the scheme's name, as experiments write it")
    summary: str = Field(description="one sentence for a table")
    authenticates: bool = Field(description="false for the control, and for rungs that let anybody in")
    carrier: Literal["none", "cookie", "authorization"] = Field(description="the request header's kind")
    travels: str = Field(description="what a request carries, in words")
    store: Literal["none", "memory", "redis", "sql"] = Field(description="where authentication state lives")
    store_commands: dict[Operation, dict[str, int]] = Field(
        description="store commands per accepted operation, by lower-case command name (a statement's first "
        "word where the store is SQL); exact, no tolerance. Redis counts a script and the commands in it. "
        "An operation that is missing is not offered"
    )
    repeated_commands: dict[Operation, dict[str, int]] = Field(
        default={},
        description="the same, for an operation repeated with a credential the server has just dealt with: a "
        "cache is warm, a touch not due. Only operations that then ask the store something else",
    )
    crypto_operations: dict[Operation, dict[str, int]] = Field(
        default={},
        description="cryptographic operations per accepted operation, by name, such as 'HMAC-SHA-256'; "
        "hashing the password not counted",
    )
    logout_ends_credential: bool = Field(
        description="true: a credential is refused from logout on, by the process that was told"
    )
    revocation_window_s: float = Field(
        ge=0, description="longest time in seconds a revoked credential is still accepted, anywhere"
    )
    role_change_window_s: float = Field(
        ge=0, default=0, description="longest time in seconds until a changed role is in force"
    )
    disabled_window_s: float = Field(
        ge=0, default=0, description="longest time in seconds a disabled account's credentials are accepted"
    )
    revived_by_requests_in_flight: bool = Field(
        default=False,
        description="true: a request that is under way while its credential is ended can bring it back",
    )
    logins_differ: bool = Field(
        default=True,
        description="false: two logins of a user in the same second give the same credential",
    )
    store_loss: StoreLoss | None = Field(
        default=None,
        description="what a live credential gets while the store cannot be reached; None: not declared",
    )
    store_emptied: StoreEmptied | None = Field(
        default=None,
        description="what becomes of credentials when the store has lost all it knew; None: not declared",
    )
    refreshes: bool = Field(
        default=False, description="true: clients must call POST /refresh to stay logged in"
    )
    refresh_policy: RefreshPolicy | None = Field(
        default=None, description="what a refresh does to the token presented; None where nothing refreshes"
    )
    client: ClientDuty = Field(
        default=ClientDuty.NONE, description="what a client must add to a request besides its credential"
    )
    used_by: str = Field(default="", description="who builds it so: products and libraries, in words")
    reason: str = Field(default="", description="why a team chooses it, and what it gives up, in words")
    loopback_only: bool = Field(description="true: unsafe by design, refuses to listen beyond loopback")

    def with_cache(self, cache: "CacheState | None") -> "Card":
        """The card of a server in that state. hit: each operation asks what a repeated one asks; miss: what
        the first one asks, every time (a refresh apart, which repeats for other reasons). None: this card.
        """
        if cache == "hit":
            return self.model_copy(update={"store_commands": self.store_commands | self.repeated_commands})
        if cache == "miss":
            refreshes = {
                operation: commands
                for operation, commands in self.repeated_commands.items()
                if operation is Operation.REFRESH
            }
            return self.model_copy(update={"repeated_commands": refreshes})
        return self

    @property
    def asks_sql(self) -> bool:
        """Whether an operation sends statements to a database, be it the store or asked beside Redis."""
        return any(STATEMENTS & commands.keys() for commands in self.store_commands.values())

    def commands_between(self, operation: Operation) -> tuple[dict[str, int], dict[str, int]]:
        """The least and the most store commands of one accepted operation. KeyError: not offered.

        They differ only where a repeated operation asks the store something else than the first.
        """
        first = self.store_commands[operation]
        repeated = self.repeated_commands.get(operation, first)
        names = {*first, *repeated}
        return (
            {name: min(first.get(name, 0), repeated.get(name, 0)) for name in names},
            {name: max(first.get(name, 0), repeated.get(name, 0)) for name in names},
        )
