"""The card: what a scheme declares of itself. The harness holds the scheme to it."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Operation(StrEnum):
    """What a client can do; the keys of `Card.store_commands`. The order is the stored code: only append."""

    PUBLIC = "public"
    """GET /public"""
    READ = "read"
    """GET /me"""
    LOGIN = "login"
    """POST /login"""
    LOGOUT = "logout"
    """POST /logout"""
    REFRESH = "refresh"
    """POST /refresh"""
    LIST_ORDERS = "list-orders"
    """GET /orders"""
    ADD_ORDER = "add-order"
    """POST /orders"""
    ADMIN_REPORT = "admin-report"
    """GET /admin/report, with the role it needs"""
    LOGOUT_EVERYWHERE = "logout-everywhere"
    """POST /logout-everywhere, with one live credential"""

    @property
    def code(self) -> int:
        """The number stored in samples."""
        return list(Operation).index(self)


class Card(BaseModel):
    """What travels, what the store is asked, and what a revocation is worth."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="the scheme's name, as experiments write it")
    summary: str = Field(description="one sentence for a table")
    authenticates: bool = Field(description="false for the control, and for rungs that let anybody in")
    carrier: Literal["none", "cookie", "authorization"] = Field(description="the request header's kind")
    travels: str = Field(description="what a request carries, in words")
    store: Literal["none", "memory", "redis", "sql"] = Field(description="where authentication state lives")
    store_commands: dict[Operation, dict[str, int]] = Field(
        description="store commands per accepted operation, by lower-case command name; exact, no tolerance. "
        "Redis counts a script and the commands inside it. An operation that is missing is not offered"
    )
    logout_ends_credential: bool = Field(description="true: a credential is refused from logout on")
    revocation_window_s: float = Field(
        ge=0, description="longest time in seconds a revoked credential is still accepted"
    )
    role_change_window_s: float = Field(
        ge=0, default=0, description="longest time in seconds until a changed role is in force"
    )
    refreshes: bool = Field(
        default=False, description="true: clients must call POST /refresh to stay logged in"
    )
    loopback_only: bool = Field(description="true: unsafe by design, refuses to listen beyond loopback")
