"""Stores of sessions that read less than `RedisSessions`: what a session costs, one stage at a time.

Writing is the real one, so Redis holds what the real scheme would hold. Cookie, hash of the id, refusals and
everything around the store stay in `the parts`, which every rung and the real scheme share.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from servers.contract.claims import Claims
from servers.contract.scheme import Mark
from servers.stores.redis.sessions import RedisSessions


class RecallingSessions(RedisSessions):
    """Asks Redis something and recalls the claims instead of reading them. UNSAFE: it forgets nothing.

    An answer is needed, because the endpoint says who is asking. The look-up costs a fraction of a
    microsecond, which is in these rungs and not in those that read.
    """

    asks = replace(RedisSessions.asks, read={"get": 1})

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self._made: dict[str, Claims] = {}

    async def create(self, key: str, claims: Claims, mark: Mark) -> bool:
        self._made[key] = claims
        return await super().create(key, claims, mark)

    async def create_many(self, sessions: Sequence[tuple[str, Claims]]) -> None:
        self._made.update(sessions)
        await super().create_many(sessions)

    async def read(self, key: str) -> Claims | None:
        """Whatever was stored under the key once, if `ask` did not object."""
        return self._made.get(key) if await self.ask(key) else None

    @abstractmethod
    async def ask(self, key: str) -> bool:
        """One command to Redis; whether the session may be there."""


class Echo(RecallingSessions):
    """The client library, the round trip and the loop, and no key.

    ECHO does what PING does. PING is how the harness itself knocks, so it is not counted as a scheme's.
    """

    asks = replace(RedisSessions.asks, read={"echo": 1})

    async def ask(self, key: str) -> bool:
        return await self._redis.execute("ECHO", "1") is not None


class GetOfNothing(RecallingSessions):
    """A look-up in Redis that finds nothing."""

    async def ask(self, key: str) -> bool:
        """Anything goes: keys are hexadecimal, so none begins with a dash."""
        return await self._redis.execute("GET", f"{self._prefix}-{key[1:]}") is None


class GetOfValue(RecallingSessions):
    """The value is fetched and not looked into."""

    async def ask(self, key: str) -> bool:
        return await self._redis.execute("GET", self._prefix + key) is not None
