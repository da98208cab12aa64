"""What a session scheme asks of its store. Only the store differs between `session-redis` and the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from servers.contract.claims import Claims
from servers.contract.scheme import Mark

Counts = Mapping[str, int]
"""How often each command, or each cryptographic operation, by name; commands in lower case."""


@dataclass(frozen=True, kw_only=True)
class Asks:
    """What a store counts for each call of a `SessionStore`. Redis counts a script and the commands in it."""

    read: Counts = field(default_factory=dict)
    """A read, and what it has the request do before its answer."""
    read_to_end: Counts | None = None
    """A read by a request that ends the session; as any other, unless given."""
    again: Counts | None = None
    """A read of a session this process has just read; as any other, unless given."""
    again_only_reads: bool = False
    """Whether `again` does not hold for a request that ends the session."""
    login: Counts = field(default_factory=dict)
    """The mark, and a new session where none is replaced."""
    end: Counts = field(default_factory=dict)
    """The end of one session."""
    end_all: Counts = field(default_factory=dict)
    """The end of all sessions of a user who has one."""


class SessionStore(Protocol):
    """Sessions by key, the SHA-256 of an id in hexadecimal; and by user.

    A session ends when it was not read for the idle period, at `claims.exp`, or when it is ended. Every
    operation may raise `StoreUnavailable`.
    """

    @property
    def failures(self) -> int:
        """How often the store was unavailable since the start."""

    async def start(self) -> None:
        """Open it. Failure in one line."""

    async def stop(self) -> None:
        """Close it."""

    async def read(self, key: str) -> Claims | None:
        """The session's claims, and another idle period for it. Never writes a value."""

    async def mark(self, sub: str) -> Mark:
        """What `create` needs to see whether the user's sessions were ended meanwhile."""

    async def create(self, key: str, claims: Claims, mark: Mark) -> bool:
        """Store a session. False, and nothing stored, if all were ended since `mark` was taken."""

    async def create_many(self, sessions: Sequence[tuple[str, Claims]]) -> None:
        """Store sessions nobody logged in for, to live for their lifetime. For the harness."""

    async def end(self, keys: Sequence[str]) -> None:
        """End sessions, known or not."""

    async def of_user(self, sub: str) -> list[Claims]:
        """Claims of the user's live sessions, the first to expire first."""

    async def end_one(self, sub: str, jti: str) -> bool:
        """End the user's session with this jti; whether there was one."""

    async def end_all(self, sub: str) -> None:
        """End the user's sessions, and those of logins under way."""

    async def replace_all(self, presented: str, key: str, claims: Claims) -> Claims | None:
        """End all sessions of `claims.sub` and those of logins under way; store one in place of `presented`.

        All of it is one step. The new one has the scope that `presented` has by then: what is returned. None,
        and nothing stored, if `presented` has ended.
        """

    async def rescope(self, sub: str, scope: str) -> None:
        """Write a new scope into the user's sessions; logins under way that know the old one are refused."""

    async def clear(self) -> int:
        """Remove everything of this server; how much that was."""

    async def round_trips_us(self, count: int) -> list[float]:
        """Round trips in microseconds; empty where nothing travels."""
        return []

    def memory_bytes(self) -> int | None:
        """Memory in this process; None if the sessions are elsewhere."""
        return None
