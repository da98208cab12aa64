"""Rungs of `session-redis`: round trip, look-up, value, decoding, sliding lifetime. The same cookies.

Each is the real scheme with another way to read its store.
"""

from dataclasses import replace
from typing import ClassVar

from servers.instruments.rungs.reads import Echo, GetOfNothing, GetOfValue
from servers.schemes.parts.cards import Declared
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.part import Part
from servers.schemes.parts.recipes import redis_session
from servers.stores.redis.reads import PlainlyReadSessions
from servers.stores.redis.sessions import RedisSessions


class SessionStage(ComposedScheme):
    """`session-redis` that reads less. Loopback only."""

    sessions: ClassVar[type[RedisSessions]]
    authenticates: ClassVar[bool] = False
    more: ClassVar[tuple[Part, ...]] = ()

    def compose(self) -> Parts:
        """The real parts, but for the store."""
        parts = redis_session(self.settings, self.sessions)
        return replace(parts, authenticates=self.authenticates, more=self.more, loopback_only=True)


class Ended(Part):
    """Says on the card that an ended session is let in."""

    declared = Declared(refused_after_logout=False)


class RoundTrip(SessionStage):
    """S1. Leaves out the session: one ECHO, and everybody who ever had a session is let in."""

    name = "stage-s1-echo"
    summary = "cookie, hash of the id and one round trip to Redis: client library, loop, ECHO"
    sessions = Echo
    more = (Ended(),)


class MissingKey(SessionStage):
    """S2. Leaves out the session: one GET that finds nothing."""

    name = "stage-s2-missing"
    summary = "a look-up by key that finds nothing: GET instead of ECHO"
    sessions = GetOfNothing
    more = (Ended(),)


class ValueFetched(SessionStage):
    """S3. Leaves out decoding, so an expired session is accepted for as long as Redis keeps it."""

    name = "stage-s3-value"
    summary = "the session's value is found and travels back, not looked into"
    sessions = GetOfValue


class ValueDecoded(SessionStage):
    """S4. Leaves out the sliding lifetime: a session in use ends after its first lifetime."""

    name = "stage-s4-decode"
    summary = "decoding the value: JSON, claims, absolute expiry"
    sessions = PlainlyReadSessions
    authenticates = True


class LifetimeSlid(SessionStage):
    """S5. Leaves out nothing: what `session-redis` does, reached from below."""

    name = "stage-s5-slide"
    summary = "the lifetime starts again: GETEX instead of GET"
    sessions = RedisSessions
    authenticates = True
