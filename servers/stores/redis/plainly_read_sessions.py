"""Sessions in Redis whose reads are one GET: what tells of their use, if anything, comes after it."""

from servers.stores.redis.client import RedisStore
from servers.stores.redis.sessions import RedisSessions


class PlainlyReadSessions(RedisSessions):
    """`RedisSessions` with GET in place of GETEX. `idle_s` is how long one lives whose life nothing prolongs.

    Where that is the absolute timeout, it is the only one.
    """

    def __init__(self, redis: RedisStore, prefix: str, idle_s: int, warm: int) -> None:
        super().__init__(redis, prefix, idle_s, warm, self._get)

    async def _get(self, key: str, idle_s: int) -> bytes | None:
        del idle_s
        value: bytes | None = await self._redis.execute("GET", key)
        return value
