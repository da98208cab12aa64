"""What one server is told: a frozen model, and the rule about where it may listen."""

import ipaddress
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from authbench.contracts.card import Card
from authbench.contracts.failure import Failure
from servers.contract.claims import Extra
from servers.parsing.origins import normal_origin


class ServerSettings(BaseModel):
    """Settings of one server process. Frozen; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scheme: str = Field(description="a scheme's name, or module:Class for one from outside the tree")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=0, ge=0, le=65535, description="port to listen on; 0: any free one")
    redis_url: str | None = Field(default=None, description="redis:// or unix:// URL of the store")
    redis_key_prefix: str = Field(
        default="authbench:", min_length=1, description="every key of this server begins so"
    )
    database_url: str | None = Field(
        default=None,
        description="SQLAlchemy's asynchronous URL of accounts and orders; absent: a private SQLite file",
    )
    database_deadline_ms: int = Field(
        default=2000, gt=0, description="milliseconds for a connection and one transaction together"
    )
    keys_directory: str | None = Field(
        default=None,
        description="directory of the server's secrets and signing keys, made with fresh ones if it is not "
        "there. Absent: drawn, and gone with this process",
    )
    public_origin: str | None = Field(
        default=None, description="https origin a browser sees when TLS ends in front of this server"
    )
    tls_certificate_file: str | None = Field(
        default=None,
        description="PEM file of the certificate, its issuers after it; with tls_key_file",
    )
    tls_key_file: str | None = Field(default=None, description="PEM file of its private key")
    demo_accounts: bool = Field(default=False, description="create the accounts alice and root")
    oauth: bool = Field(default=False, description="serve the OAuth 2 endpoints as well; for token schemes")
    oauth_clients_file: str | None = Field(
        default=None, description="TOML file with a table for each OAuth client"
    )
    security_log: bool = Field(
        default=False,
        description="log logins, refusals and changes to the standard error",
    )
    measuring_socket: str | None = Field(
        default=None, description="path of the harness's Unix socket; absent unless given"
    )
    session_idle_s: int = Field(default=1800, gt=0, description="seconds a session outlives its last use")
    session_absolute_s: int = Field(default=43200, gt=0, description="seconds a session lives at most")
    session_touch_s: int = Field(
        default=60,
        gt=0,
        description="seconds until another use of a session is written down, where not every one is; never "
        "more than half of session_idle_s",
    )
    session_database_url: str | None = Field(
        default=None,
        description="SQLAlchemy's asynchronous URL of session-sql's sessions; absent: a private SQLite file",
    )
    payload_bytes: int = Field(
        default=0, ge=0, le=1 << 20, description="bytes of application data in every session and token"
    )
    roles: int = Field(default=0, ge=0, le=10_000, description="roles in every session and token")
    token_lifetime_s: int = Field(default=900, gt=0, description="seconds a token is valid")
    opaque_lifetime_s: int = Field(
        default=43200, gt=0, description="seconds an opaque token is valid; nothing refreshes it"
    )
    opaque_cache_s: float = Field(
        default=5,
        gt=0,
        allow_inf_nan=False,
        description="seconds opaque-redis-cached goes by what it read of a token",
    )
    cookie_cache_s: int = Field(
        default=60, gt=0, description="seconds session-cookie-cache goes by its signed snapshot of a session"
    )
    near_cache_heartbeat_s: float = Field(
        default=1,
        gt=0,
        allow_inf_nan=False,
        description="seconds between two proofs that the store's news still reach the near cache",
    )
    near_cache_entries: int = Field(
        default=20_000, gt=0, description="sessions or opaque tokens a process keeps a copy of at most"
    )
    refresh_idle_s: int = Field(
        default=14 * 86400, gt=0, description="seconds a login outlives its last refresh"
    )
    refresh_absolute_s: int = Field(
        default=30 * 86400, gt=0, description="seconds a login can be refreshed at most"
    )
    denylist_heartbeat_s: float = Field(
        default=1.0, gt=0, description="seconds between proofs that news of denied tokens still arrives"
    )
    not_before_cache_s: float = Field(
        default=5.0, gt=0, description="seconds a process remembers the version of a user's tokens"
    )
    dpop_proof_lifetime_s: int = Field(
        default=300, gt=0, description="seconds a DPoP proof is good after it was made"
    )
    dpop_replay_store: bool = Field(
        default=False, description="let each DPoP proof be used once, by the word of Redis"
    )
    bff_token_s: int = Field(
        default=60, gt=0, description="seconds the token that a session stands for upstream is valid"
    )
    refresh_grace_s: int = Field(
        default=10, ge=0, description="seconds a replaced refresh token yields its successor again (grace)"
    )
    verified_tokens: int = Field(
        default=20_000, gt=0, description="tokens whose verification a process remembers (jwt-cached)"
    )
    store_deadline_ms: int = Field(
        default=250, gt=0, description="milliseconds for pool wait, connect and command together"
    )
    workers: int = Field(default=1, ge=1, le=64, description="processes behind the one port")
    store_connections: int = Field(default=32, gt=0, description="size of the store's connection pool")
    store_connections_warm: int = Field(default=16, ge=0, description="of them, opened at start")
    password_workers: int = Field(default=2, gt=0, description="threads that hash passwords")
    password_queue: int = Field(default=16, ge=0, description="logins that may wait for one of them")
    keep_alive_s: int = Field(default=600, gt=0, description="seconds an idle connection is kept")

    @property
    def extra(self) -> Extra:
        """What every session and token carries on top."""
        return Extra.of_size(self.roles, self.payload_bytes)

    @property
    def touch_after_s(self) -> float:
        """Seconds after which a use of a session is written down: no session in use may end as idle."""
        return min(self.session_touch_s, self.session_idle_s / 2)

    @property
    def https(self) -> bool:
        """Whether browsers see https: TLS ends in front of this server, or in it."""
        return self.public_origin is not None or self.tls_certificate_file is not None

    @field_validator("public_origin")
    @classmethod
    def _as_browsers_spell_it(cls, public_origin: str | None) -> str | None:
        """The address bar shows a slash behind an origin; nothing else may be there that is no part of it."""
        if public_origin is None:
            return None
        # What was given is not repeated: there may be a password in it.
        told = "public_origin is not an https origin such as https://bench.example"
        try:
            origin = normal_origin(public_origin.removesuffix("/"))
        except ValueError as error:
            raise ValueError(f"{told}: {error}") from None
        if not origin.startswith("https:"):
            raise ValueError(f"{told}: browsers must reach it by https")
        return origin

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_certificate_file and tls_key_file go together")
        if self.store_connections_warm > self.store_connections:
            raise ValueError("store_connections_warm is above store_connections")
        return self


def is_loopback(host: str) -> bool:
    """Whether a server on `host` can be reached from this machine only: 127.0.0.0/8, ::1, localhost."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_exposure(settings: ServerSettings, card: Card) -> None:
    """Failure unless it is safe to listen where the settings say.

    Beyond loopback nothing unsafe by design may answer, and no credential may cross the network in the
    clear: TLS must end in front, which an https public origin states.
    """
    if is_loopback(settings.host):
        return
    if card.loopback_only:
        raise Failure(f"{card.name} is unsafe by design and listens on loopback only, not on {settings.host}")
    if settings.demo_accounts:
        raise Failure(f"demo accounts have a published password: loopback only, not {settings.host}")
    if not settings.https:
        raise Failure(
            f"on {settings.host} credentials would cross the network in the clear: give a certificate, or "
            "put TLS in front and name its origin with --public-origin https://..."
        )
