"""The server that an attack needs, and the server that must fall to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Condition:
    """How a server is started. Attacks that name the same condition share one server of a scheme."""

    name: str
    tls: bool = True
    workers: int = 1
    settings: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    """Fields of ServerSettings beside the defaults."""

    def __hash__(self) -> int:
        return hash(self.name)


NORMAL = Condition("normal")
"""HTTPS, one process, default settings, the security log written."""
TWO_WORKERS = Condition("two workers", workers=2)
SHORT_LIVES = Condition(
    "short lives",
    settings=MappingProxyType(
        {
            "session_idle_s": 2,
            "session_absolute_s": 6,
            "session_touch_s": 0,
            "token_lifetime_s": 3,
            "opaque_lifetime_s": 6,
            "refresh_idle_s": 2,
            "refresh_absolute_s": 6,
            "opaque_cache_s": 1,
            "cookie_cache_s": 1,
            "not_before_cache_s": 1,
            "bff_token_s": 1,
        }
    ),
)
"""Credentials that idle out and end within seconds."""


@dataclass(frozen=True)
class Control:
    """A server on which the attack must succeed: otherwise its row shows nothing."""

    scheme: str
    """`module:Class` in servers/vulnerable/, or a listed scheme that has the weakness itself."""
    settings: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True)
class StandIn:
    """The scheme whose outcome counts for another one too, and why."""

    scheme: str
    reason: str
    """One sentence about the other scheme, without a full stop."""
