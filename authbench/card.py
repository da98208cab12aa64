"""The card: what a scheme declares of itself. The harness holds the scheme to it."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Operation(StrEnum):
    """What a client can do; the keys of `Card.store_commands`."""

    PUBLIC = "public"
    """GET /public"""
    READ = "read"
    """An accepted GET /me"""
    LOGIN = "login"
    """An accepted POST /login"""
    LOGOUT = "logout"
    """An accepted POST /logout"""


class Card(BaseModel):
    """What travels, what the store is asked, and what a revocation is worth."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="the scheme's name, as experiments write it")
    summary: str = Field(description="one sentence for a table")
    authenticates: bool = Field(description="false only for the control")
    carrier: Literal["none", "cookie", "authorization"] = Field(description="the request header's kind")
    travels: str = Field(description="what a request carries, in words")
    store: Literal["none", "memory", "redis", "sql"] = Field(description="where authentication state lives")
    store_commands: dict[Operation, dict[str, int]] = Field(
        description="store commands per accepted operation, by lower-case command name; exact, no tolerance"
    )
    logout_ends_credential: bool = Field(description="true: a credential is refused from logout on")
    revocation_window_s: float = Field(
        ge=0, description="longest time in seconds a revoked credential is still accepted"
    )
    loopback_only: bool = Field(description="true: unsafe by design, refuses to listen beyond loopback")
