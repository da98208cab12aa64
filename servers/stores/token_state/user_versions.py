"""The version of each user's tokens: whoever raises it ends every token made before."""

import time
from collections import OrderedDict
from collections.abc import Callable

from servers.stores.redis.client import RedisStore
from servers.stores.redis.needs import Needs


class Versions:
    """A number for each user, 0 unless it was raised. In Redis, for ever: a number must not come back.

    A number and not a time: two tokens of one second can stand on different sides of it. It is raised by the
    scripts that end or change a user's logins, in the same step, and read by those that a token goes by.
    """

    def __init__(self, redis: RedisStore, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    async def start(self) -> None:
        """Failure in one line if what is needed cannot be had."""
        await self._redis.require(Needs(self._prefix, ("GET", "INCR")))

    async def of(self, sub: str) -> int:
        """The user's version: one GET."""
        return int(await self._redis.execute("GET", self._prefix + sub) or 0)

    def raised(self, sub: str, version: int) -> None:
        """Take note that this process has just raised it in Redis: every token the user had has ended."""


class CachedVersions(Versions):
    """Remembers versions for a while. Bounded: who was asked for least recently is forgotten first."""

    _SIZE = 100_000

    def __init__(
        self, redis: RedisStore, prefix: str, cache_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(redis, prefix)
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

    def raised(self, sub: str, version: int) -> None:
        """Known here at once. Of two that were raised here the higher one counts, whichever is told first."""
        known = self._known.get(sub)
        if known is None or known[0] <= version:
            self._keep(sub, version, self._clock())

    def _keep(self, sub: str, version: int, now: float) -> None:
        self._known[sub] = version, now + self._cache_s
        self._known.move_to_end(sub)
        if len(self._known) > self._SIZE:
            self._known.popitem(last=False)
