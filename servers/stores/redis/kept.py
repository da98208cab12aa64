"""What everything that is kept in Redis has in common: one client, and the first part of every key."""

from servers.stores.redis.client import RedisStore
from servers.stores.redis.needs import Needs


class KeptInRedis:
    """Keys of one server, which begin with `prefix`. `warm` connections are opened at the start."""

    def __init__(self, redis: RedisStore, prefix: str, warm: int) -> None:
        self._redis = redis
        self._prefix = prefix
        self._warm = warm

    @property
    def failures(self) -> int:
        """How often Redis was unavailable since the start."""
        return self._redis.failures

    @property
    def needs(self) -> Needs:
        """What Redis must allow."""
        raise NotImplementedError

    async def start(self) -> None:
        """Connect and load the scripts. Failure in one line if what is needed cannot be had."""
        await self._redis.start(self._warm, self.needs)

    async def stop(self) -> None:
        """Close every connection."""
        await self._redis.stop()

    async def clear(self) -> int:
        """Remove every key of this server; how many that were."""
        return await self._redis.delete_prefix(self._prefix)

    async def round_trips_us(self, count: int) -> list[float]:
        """Of so many PINGs over one connection, in microseconds."""
        return await self._redis.round_trips_us(count)
