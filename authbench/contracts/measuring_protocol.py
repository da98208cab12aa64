"""What the harness and a server say to each other, beside HTTP: JSON objects, one a line.

`python -m servers.process` is started with a line of settings on stdin; it answers with `Ready` or
`StartFailed` on stdout. Everything else goes over a Unix socket that the settings name: replies come in the
order of the orders, and `ErrorReply` where an order cannot be carried out.

    order                      reply; message.Reply where none is named
    Question card              card.Card
             config            records.ServerConfig
             counters          Counters: of all processes of the server together
             processes         Processes
             store_statements  Statements: of all processes of the server together
             store_memory      StoredBytes
             rotate_keys       a fresh key is there, and signs later
             delete_keys       Deleted: what this server had in the store
    SeedOrder                  Seeded
    FillOrder, AccountOrder, AccountsOrder, RoleOrder, DisableOrder
    PingOrder                  RoundTrips

After an error of RoleOrder or DisableOrder the account may be changed and its credentials not yet: ask again.
"""

from typing import Annotated, Literal

from pydantic import Field, RootModel, TypeAdapter

from authbench.contracts.message import ErrorReply, Message

CREDENTIALS_MAX = 100_000
"""In one reply; ask again with another `first` for more."""
_LARGEST = 1 << 40

UserNumber = Annotated[int, Field(strict=True, ge=0, le=_LARGEST)]
Lifetime = Annotated[int, Field(strict=True, ge=-_LARGEST, le=_LARGEST, description="negative: expired")]
Some = Annotated[int, Field(strict=True, ge=0, le=CREDENTIALS_MAX)]
Text = Annotated[str, Field(min_length=1)]


class Ready(Message):
    """The server accepts connections."""

    ready: Literal[True] = True
    port: int
    pid: int


class StartFailed(ErrorReply):
    """The server could not start, and has ended."""

    exit_code: int


class Question(Message):
    """A question without arguments."""

    op: Literal[
        "card",
        "config",
        "counters",
        "processes",
        "store_statements",
        "store_memory",
        "rotate_keys",
        "delete_keys",
    ]


class SeedOrder(Message):
    """Issue credentials to the users number `first` on."""

    op: Literal["seed"] = "seed"
    first: UserNumber
    count: Some
    lifetime_s: Lifetime
    scope: Text = "user"
    jkt: str = Field(default="", description="thumbprint of the client's key; empty: bound to none")


class FillOrder(Message):
    """Issue credentials that nobody presents, to make the store larger."""

    op: Literal["fill"] = "fill"
    first: UserNumber
    count: UserNumber
    lifetime_s: Lifetime


class AccountOrder(Message):
    """Create an account."""

    op: Literal["account"] = "account"
    username: Text
    password: Text
    scope: Text


class AccountsOrder(Message):
    """Create accounts of the users number `first` on, with one password and the scope `user`."""

    op: Literal["accounts"] = "accounts"
    first: UserNumber
    count: Some
    password: Text


class RoleOrder(Message):
    """Change what an account may do, as an administrator's page would."""

    op: Literal["role"] = "role"
    username: Text
    scope: Text


class DisableOrder(Message):
    """Disable an account and end its logins, as an administrator's page would."""

    op: Literal["disable"] = "disable"
    username: Text


class PingOrder(Message):
    """Send the store `count` commands that do nothing, and time each."""

    op: Literal["ping_store"] = "ping_store"
    count: Annotated[int, Field(strict=True, ge=1, le=_LARGEST)]


Order = Question | SeedOrder | FillOrder | AccountOrder | AccountsOrder | RoleOrder | DisableOrder | PingOrder
ORDERS: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="op")])


class Counters(Message):
    """What a server counted since its start, and what it has at this moment."""

    requests_total: int
    in_flight: int
    in_flight_ns: int = Field(description="time integral of the requests inside the application")
    connections: int
    credentials_issued: int
    store_unavailable: int
    password_cpu_ns: int


class Processes(Message):
    """Ids of all processes of the server, the first one's first."""

    pids: list[int]


class Statements(RootModel[dict[str, int]]):
    """Statements that the scheme sent to an SQL store of its own, by their first word."""


class StoredBytes(Message):
    """Bytes of memory that the process uses as a store. None: it stores nothing."""

    bytes: int | None


class Deleted(Message):
    """How many keys were deleted."""

    deleted: int


class Credential(Message):
    """What one seeded user presents."""

    sub: str
    headers: dict[str, str]
    refresh: str | None = Field(default=None, exclude_if=lambda value: value is None)


class Seeded(Message):
    """The credentials, in the order of the users."""

    credentials: list[Credential]


class RoundTrips(Message):
    """Round trips to the store over one open connection; empty without a store."""

    round_trip_us: list[float]
