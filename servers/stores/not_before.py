"""The version of each user's tokens: whoever raises it ends every token made before."""

import time
from collections import OrderedDict
from collections.abc import Callable

from servers.stores.needs import Needs
from servers.stores.redis import RedisStore


class Versions:
    """A number for each user, 0 unless it was raised. In Redis, for ever: a number must not come back.

    A number and not a time: two tokens of one second can stand on different sides of it.
    """

    def __init__(self, redis: RedisStore, prefix: str, family_prefix: str) -> None:
        self._redis = redis
        self._prefix = f"{prefix}version:"
        self._family_prefix = family_prefix

    async def start(self) -> None:
        """Failure in one line if what is needed cannot be had."""
        await self._redis.require(Needs(self._prefix, ("GET", "EXISTS", "INCR")))

    async def of(self, sub: str) -> int:
        """The user's version: one GET."""
        return int(await self._redis.execute("GET", self._prefix + sub) or 0)

    async def for_login(self, sub: str, family: str) -> int | None:
        """The version a new token of this login gets: GET and EXISTS in one round trip.

        None if the login has ended. In this order: what ends logins raises the version afterwards, so either
        the login is seen to be gone, or the version is the old one and the token dies with it.
        """
        version, alive = await self._redis.pipeline(
            ("GET", self._prefix + sub), ("EXISTS", self._family_prefix + family)
        )
        return int(version or 0) if alive else None

    async def raise_for(self, sub: str) -> int:
        """End every token the user has: one INCR; the new version."""
        return int(await self._redis.execute("INCR", self._prefix + sub))


class CachedVersions(Versions):
    """Remembers versions for a while. Bounded: who was asked for least recently is forgotten first."""

    _SIZE = 100_000

    def __init__(
        self,
        redis: RedisStore,
        prefix: str,
        family_prefix: str,
        cache_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(redis, prefix, family_prefix)
        self._cache_s = cache_s
        self._clock = clock
        self._known: OrderedDict[str, tuple[int, float]] = OrderedDict()

    async def of(self, sub: str) -> int:
        """From memory while it is fresh."""
        known = self._known.get(sub)
        now = self._clock()
        if known is not None and now < known[1]:
            self._known.move_to_end(sub)
            return known[0]
        version = await super().of(sub)
        # As of when it was asked for. An answer that was overtaken by a raise here must not undo it.
        later = self._known.get(sub)
        if later is None or later[0] <= version:
            self._keep(sub, version, now)
        return version

    async def raise_for(self, sub: str) -> int:
        """Known here at once."""
        version = await super().raise_for(sub)
        self._keep(sub, version, self._clock())
        return version

    def _keep(self, sub: str, version: int, now: float) -> None:
        self._known[sub] = version, now + self._cache_s
        self._known.move_to_end(sub)
        if len(self._known) > self._SIZE:
            self._known.popitem(last=False)
