"""Sessions in Redis whose use is not written down every time: one GET, and now and then an EXPIRE."""

from servers.contract.claims import Claims
from servers.stores.redis.client import RedisStore
from servers.stores.redis.plainly_read_sessions import PlainlyReadSessions
from servers.stores.touches import Touches


class ThrottledSessions(PlainlyReadSessions):
    """`RedisSessions` that prolongs a session's life if this process has not done so for `touch_after_s`.

    Each process remembers its own touches, so a session used at two of them is touched by both. Idle ones
    end up to `touch_after_s` earlier than `idle_s` after their last use.
    """

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
