"""A session store with a cache of this process in front of its reads."""

from collections.abc import Sequence

from servers.contract.claims import Claims
from servers.contract.scheme import Mark
from servers.stores.near_cache.cache import NearCache
from servers.stores.sessions import SessionStore


class CachedSessions:
    """A `SessionStore`. What is ended or changed through this one is forgotten before the call returns.

    What others end or change in the store goes unnoticed for as long as the cache keeps what it has. That
    there is no such session is never remembered.
    """

    def __init__(self, inner: SessionStore, cache: NearCache) -> None:
        self._inner = inner
        self._cache = cache

    @property
    def failures(self) -> int:
        """How often the store was unavailable since the start."""
        return self._inner.failures

    async def start(self) -> None:
        await self._inner.start()

    async def stop(self) -> None:
        self._cache.clear()
        await self._inner.stop()

    async def read(self, key: str) -> Claims | None:
        """From the cache; else from the store, and kept."""
        return self._cache.get(key) or await self._read_through(key)

    async def _read_through(self, key: str) -> Claims | None:
        """From the store, and kept unless it was ended or changed here meanwhile."""
        reading = self._cache.begin(key)
        try:
            claims = await self._inner.read(key)
            if claims is not None:
                self._cache.keep(reading, claims)
            return claims
        finally:
            self._cache.abandon(reading)

    async def mark(self, sub: str) -> Mark:
        return await self._inner.mark(sub)

    async def create(self, key: str, claims: Claims, mark: Mark) -> bool:
        """In the store; the first read brings it here."""
        return await self._inner.create(key, claims, mark)

    async def create_many(self, sessions: Sequence[tuple[str, Claims]]) -> None:
        await self._inner.create_many(sessions)

    async def end(self, keys: Sequence[str]) -> None:
        # Forgotten also if the store did not answer: it may have done it all the same.
        try:
            await self._inner.end(keys)
        finally:
            self._cache.drop(keys)

    async def of_user(self, sub: str) -> list[Claims]:
        return await self._inner.of_user(sub)

    async def end_one(self, sub: str, jti: str) -> bool:
        """In the store and, with the user's others, here."""
        try:
            return await self._inner.end_one(sub, jti)
        finally:
            self._cache.drop_user(sub)

    async def end_all(self, sub: str) -> None:
        try:
            await self._inner.end_all(sub)
        finally:
            self._cache.drop_user(sub)

    async def replace_all(self, presented: str, key: str, claims: Claims) -> Claims | None:
        """In the store; what is here has ended and goes."""
        try:
            return await self._inner.replace_all(presented, key, claims)
        finally:
            self._cache.drop_user(claims.sub)

    async def rescope(self, sub: str, scope: str) -> None:
        """In the store; what is here has the old one and goes."""
        try:
            await self._inner.rescope(sub, scope)
        finally:
            self._cache.drop_user(sub)

    async def clear(self) -> int:
        """In the store and here; how much that was in the store."""
        try:
            return await self._inner.clear()
        finally:
            self._cache.clear()

    async def round_trips_us(self, count: int) -> list[float]:
        return await self._inner.round_trips_us(count)

    def memory_bytes(self) -> int | None:
        return self._inner.memory_bytes()
