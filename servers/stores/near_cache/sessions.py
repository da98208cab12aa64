"""Sessions read from this process's memory, which Redis itself keeps up to date."""

from servers.contract.claims import Claims
from servers.stores.near_cache.cache import NearCache
from servers.stores.near_cache.cached_sessions import CachedSessions
from servers.stores.near_cache.tracking import Tracking
from servers.stores.near_cache.tracking_connection import Invalidated
from servers.stores.sessions import SessionStore


class NearSessions(CachedSessions):
    """`CachedSessions` that uses what it has only while its tracking is trusted.

    The inner store must read through the same tracking: Redis tells of what was read there, nothing else.
    """

    def __init__(self, inner: SessionStore, cache: NearCache, tracking: Tracking) -> None:
        super().__init__(inner, cache)
        self._tracking = tracking

    @property
    def failures(self) -> int:
        """How often Redis was unavailable to either connection since the start."""
        return super().failures + self._tracking.failures

    async def start(self) -> None:
        await super().start()
        await self._tracking.start()

    async def stop(self) -> None:
        await self._tracking.stop()
        await super().stop()

    async def read(self, key: str) -> Claims | None:
        """From the cache while it can be trusted; else from Redis, and kept only if Redis tracks it."""
        if self._tracking.trusted:
            return self._cache.get(key) or await self._read_through(key)
        return await self._inner.read(key)


def forgetting(cache: NearCache, prefix: str) -> Invalidated:
    """What Redis says of its keys, done to a cache whose keys lack `prefix`."""

    def forget(keys: list[str] | None) -> None:
        if keys is None:
            cache.clear()
        else:
            cache.drop(key.removeprefix(prefix) for key in keys)

    return forget
