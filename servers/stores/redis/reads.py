"""Sessions in Redis that are read in another way than by GETEX through redis-py."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from servers.contract.claims import Claims
from servers.stores.redis.client import RedisStore
from servers.stores.redis.sessions import RedisSessions

_TOUCHES = 65_536
"""About 16 MB. What was forgotten is told once too often, which harms nobody."""


class PlainlyReadSessions(RedisSessions):
    """`RedisSessions` with GET in place of GETEX: what tells of a use, if anything, comes after the read.

    `idle_s` is how long one lives whose life nothing prolongs. Where that is the absolute timeout, it is the
    only one.
    """

    asks = replace(RedisSessions.asks, read={"get": 1})

    def __init__(self, redis: RedisStore, prefix: str, idle_s: int, warm: int) -> None:
        super().__init__(redis, prefix, idle_s, warm, self._get)

    async def _get(self, key: str, idle_s: int) -> bytes | None:
        value: bytes | None = await self._redis.execute("GET", key)
        return value


REMEMBERED = replace(PlainlyReadSessions.asks, again={})
"""What sessions of fixed lifetime ask that this process remembers when it has read them."""


class Touches:
    """When this process last told a store that a record is in use: so that it need not do so every time.

    At most `limit` records: the one whose last touch is the oldest goes first.
    """

    def __init__(
        self, after_s: float, limit: int = _TOUCHES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._after_s = after_s
        self._limit = limit
        self._clock = clock
        self._last: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._last)

    def due(self, key: str) -> bool:
        """Whether the last touch was `after_s` seconds ago, or is not known of."""
        last = self._last.get(key)
        return last is None or last + self._after_s <= self._clock()

    def done(self, key: str) -> None:
        """Note a touch."""
        self._last[key] = self._clock()
        self._last.move_to_end(key)
        if len(self._last) > self._limit:
            self._last.popitem(last=False)


class ThrottledSessions(PlainlyReadSessions):
    """Sessions whose life a read prolongs only if this process has not done so for `touch_after_s`.

    Each process remembers its own touches, so a session used at two of them is touched by both. Idle ones
    end up to `touch_after_s` earlier than `idle_s` after their last use.
    """

    asks = replace(RedisSessions.asks, read={"get": 1, "expire": 1}, again={"get": 1})
    commands = (*PlainlyReadSessions.commands, "EXPIRE")

    def __init__(self, redis: RedisStore, prefix: str, idle_s: int, warm: int, touch_after_s: float) -> None:
        super().__init__(redis, prefix, idle_s, warm)
        self._touches = Touches(touch_after_s)

    async def read(self, key: str) -> Claims | None:
        """One GET; if a touch is due, one EXPIRE, which cannot bring back what was ended since."""
        claims = await super().read(key)
        if claims is not None and self._touches.due(key):
            if not await self._redis.execute("EXPIRE", self._prefix + key, self._idle_s):
                return None
            self._touches.done(key)
        return claims
