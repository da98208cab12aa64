"""Rungs of `session-redis`: round trip, look-up, value, decoding, sliding lifetime. The same cookies.

Each is the real scheme with another way to read its store.
"""

from typing import ClassVar

from authbench.contracts.card import Card, Operation
from servers.instruments.rungs.reads import Echo, GetOfNothing, GetOfValue, PlainReads
from servers.schemes.parts.cookie_sessions import READ, REDIS_COMMANDS
from servers.schemes.session_redis import RedisSessionScheme
from servers.stores.redis.sessions import RedisSessions

_LOGIN = REDIS_COMMANDS[Operation.LOGIN]
"""Its GETEX reads the user's mark, not a session."""


class SessionStage(RedisSessionScheme):
    """`session-redis` that reads less. Loopback only."""

    summary: ClassVar[str]
    authenticates: ClassVar[bool] = False
    ends_at_logout: ClassVar[bool] = True
    asks: ClassVar[dict[str, int]] = {"get": 1}
    """Store commands of one read."""

    @property
    def card(self) -> Card:
        """The real scheme's, with this rung's commands for a read."""
        return super().card.model_copy(
            update={
                "summary": self.summary,
                "authenticates": self.authenticates,
                "store_commands": {
                    operation: _with_read(commands, self.asks)
                    for operation, commands in REDIS_COMMANDS.items()
                },
                "logout_ends_credential": self.ends_at_logout,
                "loopback_only": True,
            }
        )


class RoundTrip(SessionStage):
    """S1. Leaves out the session: one ECHO, and everybody who ever had a session is let in."""

    name = "stage-s1-echo"
    summary = "cookie, hash of the id and one round trip to Redis: client library, loop, ECHO"
    sessions = Echo
    asks: ClassVar[dict[str, int]] = {"echo": 1}
    ends_at_logout = False


class MissingKey(SessionStage):
    """S2. Leaves out the session: one GET that finds nothing."""

    name = "stage-s2-missing"
    summary = "a look-up by key that finds nothing: GET instead of ECHO"
    sessions = GetOfNothing
    ends_at_logout = False


class ValueFetched(SessionStage):
    """S3. Leaves out decoding, so an expired session is accepted for as long as Redis keeps it."""

    name = "stage-s3-value"
    summary = "the session's value is found and travels back, not looked into"
    sessions = GetOfValue


class ValueDecoded(SessionStage):
    """S4. Leaves out the sliding lifetime: a session in use ends after its first lifetime."""

    name = "stage-s4-decode"
    summary = "decoding the value: JSON, claims, absolute expiry"
    sessions = PlainReads
    authenticates = True


class LifetimeSlid(SessionStage):
    """S5. Leaves out nothing: what `session-redis` does, reached from below."""

    name = "stage-s5-slide"
    summary = "the lifetime starts again: GETEX instead of GET"
    sessions = RedisSessions
    authenticates = True
    asks: ClassVar[dict[str, int]] = READ


def _with_read(commands: dict[str, int], asks: dict[str, int]) -> dict[str, int]:
    """The commands of an operation, where it reads a session with `asks` in place of the real read."""
    if commands is _LOGIN or not READ.keys() <= commands.keys():
        return commands
    return {**asks, **{name: count for name, count in commands.items() if name not in READ}}
