"""The settings of one server, and the addresses on which it may listen."""

import ipaddress
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    Field,
    NonNegativeInt,
    PositiveInt,
    field_validator,
    model_validator,
)

from authbench.contracts.card import Card, ClientDuty
from authbench.contracts.failure import Failure
from servers.contract.claims import Extra
from servers.parsing.origins import normal_origin

_Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Window = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""Seconds that a cache is believed. 0 does all the work of a miss every time: to measure what one costs."""

_KEYS_READ_S = 0.25
"""For one read of the directory, and for taking the keys into use: four files, on a loaded machine."""


class ServerSettings(BaseModel, frozen=True, extra="forbid"):
    """Settings of one server process. Frozen; unknown keys are errors."""

    scheme: str = Field(description="a scheme's name, or module:Class for one from outside the tree")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(0, ge=0, le=65535, description="port to listen on; 0: any free one")
    redis_url: str | None = Field(
        None, description="URL of the store: redis://, rediss://, unix:// or redis+sentinel://"
    )
    redis_wait_replicas: NonNegativeInt = Field(
        0,
        description="replicas that must have received what begins, ends or changes a login before it is "
        "answered (WAIT); 0: it is answered at once",
    )
    redis_key_prefix: str = Field("authbench:", min_length=1, description="prefix of each key of this server")
    database_url: str | None = Field(
        None, description="asynchronous SQLAlchemy URL of accounts and orders; absent: a private SQLite file"
    )
    database_deadline_ms: PositiveInt = Field(2000, description="milliseconds for connection and transaction")
    keys_directory: str | None = Field(
        None, description="directory of keys, created if it is missing; absent: drawn for this process only"
    )
    keys_followed: bool = Field(
        True, description="take keys into use that are added to keys_directory, and drop those removed"
    )
    keys_reread_s: float = Field(
        60, gt=0, le=60, allow_inf_nan=False, description="seconds between two reads of keys_directory"
    )
    public_origin: str | None = Field(
        None, description="https origin a browser sees when TLS ends in front of this server"
    )
    tls_certificate_file: str | None = Field(
        None, description="PEM file of the certificate, followed by its issuers; needs tls_key_file"
    )
    tls_key_file: str | None = Field(None, description="PEM file of the certificate's private key")
    demo_accounts: bool = Field(False, description="create the accounts alice and root")
    oauth: bool = Field(False, description="serve the OAuth 2 endpoints as well; for token schemes")
    oauth_clients_file: str | None = Field(None, description="TOML file with a table for each OAuth client")
    security_log: bool = Field(False, description="log logins, refusals and changes to the standard error")
    measuring_socket: str | None = Field(None, description="path of the harness's Unix socket; absent: none")
    measured_beyond_loopback: bool = Field(
        False,
        description="listen at one address of a network without TLS: every credential is made for the run "
        "and ends with it",
    )
    session_idle_s: PositiveInt = Field(1800, description="seconds a session lives after its last use")
    session_absolute_s: PositiveInt = Field(43200, description="seconds a session lives at most")
    session_touch_s: NonNegativeInt = Field(
        60,
        description="seconds between two writes of a session's last use, at most half of session_idle_s; "
        "0: every use is written",
    )
    session_database_url: str | None = Field(
        None, description="SQLAlchemy's asynchronous URL of session-sql; absent: a private SQLite file"
    )
    payload_bytes: int = Field(0, ge=0, le=1 << 20, description="bytes of data in each session and token")
    roles: int = Field(0, ge=0, le=10_000, description="roles in every session and token")
    token_lifetime_s: PositiveInt = Field(900, description="seconds a token is valid")
    opaque_lifetime_s: PositiveInt = Field(43200, description="seconds an opaque token is valid")
    opaque_cache_s: _Window = Field(
        5, description="seconds opaque-redis-cached uses what it read; 0: it never does"
    )
    cookie_cache_s: NonNegativeInt = Field(
        60, description="seconds session-cookie-cache uses a snapshot; 0: it never does"
    )
    near_cache_heartbeat_s: _Seconds = Field(
        1, description="seconds between checks that invalidations arrive"
    )
    near_cache_entries: NonNegativeInt = Field(
        20_000, description="most entries of a process's near cache; 0: what it kept is forgotten at once"
    )
    refresh_idle_s: PositiveInt = Field(14 * 86400, description="seconds a login lives after a refresh")
    refresh_absolute_s: PositiveInt = Field(30 * 86400, description="seconds a login can be refreshed")
    denylist_heartbeat_s: _Seconds = Field(1.0, description="seconds between two checks that denials arrive")
    not_before_cache_s: _Window = Field(
        5.0, description="seconds a user's token version is remembered; 0: it is asked for every time"
    )
    dpop_proof_lifetime_s: PositiveInt = Field(300, description="seconds a DPoP proof is valid")
    dpop_replay_store: bool = Field(
        False, description="reject a DPoP proof that was used before (Redis remembers used proofs)"
    )
    bff_token_s: PositiveInt = Field(60, description="seconds the upstream token of a session is valid")
    refresh_grace_s: NonNegativeInt = Field(
        10, description="seconds a replaced refresh token still yields its successor (jwt-refresh-grace)"
    )
    verified_tokens: NonNegativeInt = Field(
        20_000, description="verified tokens that jwt-cached remembers; 0: each is verified every time"
    )
    store_deadline_ms: PositiveInt = Field(250, description="milliseconds for pool, connect and command")
    workers: int = Field(1, ge=1, le=64, description="processes behind the one port")
    store_connections: PositiveInt = Field(32, description="size of the store's connection pool")
    store_connections_warm: NonNegativeInt = Field(16, description="pool connections opened at start")
    password_workers: PositiveInt = Field(2, description="threads that hash passwords")
    password_queue: NonNegativeInt = Field(16, description="logins that may wait for such a thread")
    keep_alive_s: PositiveInt = Field(600, description="seconds an idle connection is kept")
    planted_cpu_us: float = Field(0, ge=0, description="CPU added by servers.instruments.planted_cpu")
    planted_delay_ms: float = Field(0, ge=0, description="delay added by servers.instruments.planted_delay")

    @property
    def extra(self) -> Extra:
        return Extra.of_size(self.roles, self.payload_bytes)

    @property
    def touch_after_s(self) -> float:
        """Seconds after which a use of a session is written: no session in use may end as idle."""
        return min(self.session_touch_s, self.session_idle_s / 2)

    @property
    def leaked_key_window_s(self) -> float:
        """Longest seconds in which this server still accepts what a key signed that was removed."""
        return self.keys_reread_s + _KEYS_READ_S

    @property
    def https(self) -> bool:
        """Whether browsers see https: TLS ends in this server or in front of it."""
        return self.public_origin is not None or self.tls_certificate_file is not None

    def local_origin(self, port: int) -> str:
        """The origin under which a client on this machine reaches the server."""
        scheme = "https" if self.tls_certificate_file else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{port}"

    @field_validator("public_origin")
    @classmethod
    def _as_browsers_spell_it(cls, public_origin: str | None) -> str | None:
        """Normalise the origin, which may have the slash that an address bar shows."""
        if public_origin is None:
            return None
        # The value is not repeated: it may contain a password.
        rule = "public_origin is not an https origin such as https://bench.example"
        try:
            origin = normal_origin(public_origin.removesuffix("/"))
        except ValueError as error:
            raise ValueError(f"{rule}: {error}") from None
        if not origin.startswith("https:"):
            raise ValueError(f"{rule}: browsers must reach it by https")
        return origin

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_certificate_file and tls_key_file go together")
        if self.store_connections_warm > self.store_connections:
            raise ValueError("store_connections_warm is above store_connections")
        return self


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server on `host`: 127.0.0.0/8, ::1, localhost."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_everywhere(host: str) -> bool:
    """Whether it stands for every address of this machine, and so for none that a client could ask for."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return host == ""


def _is_measured(settings: ServerSettings) -> bool:
    """Whether a run measures it over a network: at one address, with no credential from before the run."""
    try:
        everywhere = ipaddress.ip_address(settings.host).is_unspecified
    except ValueError:  # a name
        everywhere = True
    return settings.measured_beyond_loopback and not everywhere and not settings.demo_accounts


def _tells_its_origin(settings: ServerSettings, card: Card) -> bool:
    """Whether OAuth metadata name the server's origin (RFC 8414), or DPoP proofs must (RFC 9449)."""
    return settings.oauth or card.client is ClientDuty.DPOP_PROOF


def refuse_exposure(settings: ServerSettings, card: Card) -> None:
    """Failure if it is not safe to listen on `settings.host`.

    Beyond loopback no scheme that is unsafe by design may answer, and credentials need TLS: in this server,
    or in front of it, which an https public origin states. A server that a run measures over a network has
    throw-away users only: the hosts file names its address, and docs/scaling-out.md says what is open then.
    """
    if is_loopback(settings.host) or _is_measured(settings):
        return
    if card.loopback_only:
        raise Failure(f"{card.name} is unsafe by design and listens on loopback only, not on {settings.host}")
    if settings.demo_accounts:
        raise Failure(f"demo accounts have a published password: loopback only, not {settings.host}")
    if settings.public_origin is None and _is_everywhere(settings.host) and _tells_its_origin(settings, card):
        raise Failure(
            f"on {settings.host} the server cannot know the address that clients use, which it publishes or "
            "compares with theirs: name it with --public-origin https://..."
        )
    if not settings.https:
        raise Failure(
            f"on {settings.host} credentials would cross the network unencrypted: give a certificate, or "
            "put TLS in front and name its origin with --public-origin https://..."
        )
