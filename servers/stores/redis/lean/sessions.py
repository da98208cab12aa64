"""Sessions in Redis that are read through the least client: only this module and its client need hiredis."""

from servers.stores.redis.client import RedisStore
from servers.stores.redis.lean.client import LeanReader
from servers.stores.redis.sessions import RedisSessions


class LeanSessions(RedisSessions):
    """`RedisSessions` whose GETEX has a connection of its own, and a client that does the least."""

    def __init__(self, redis: RedisStore, reader: LeanReader, prefix: str, idle_s: int, warm: int) -> None:
        super().__init__(redis, prefix, idle_s, warm, reader.get_and_touch)
        self._reader = reader

    @property
    def failures(self) -> int:
        """How often Redis was unavailable to either client since the start."""
        return super().failures + self._reader.failures

    async def start(self) -> None:
        await super().start()
        await self._reader.start()

    async def stop(self) -> None:
        self._reader.stop()
        await super().stop()
