"""A session store with a cache of this process in front of its reads."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from servers.contract.claims import Claims
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
        # Nothing of these is cached. A new session comes here with its first read.
        self.mark, self.create, self.create_many = inner.mark, inner.create, inner.create_many
        self.of_user, self.round_trips_us, self.memory_bytes = (
            inner.of_user, inner.round_trips_us, inner.memory_bytes
        )  # fmt: skip

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

    @contextmanager
    def _forgetting(self, sub: str) -> Iterator[None]:
        """Forget the user's sessions, also if the store did not answer: it may have done it all the same."""
        try:
            yield
        finally:
            self._cache.drop_user(sub)

    async def end(self, keys: Sequence[str]) -> None:
        try:
            await self._inner.end(keys)
        finally:
            self._cache.drop(keys)

    async def end_one(self, sub: str, jti: str) -> bool:
        with self._forgetting(sub):
            return await self._inner.end_one(sub, jti)

    async def end_all(self, sub: str) -> None:
        with self._forgetting(sub):
            await self._inner.end_all(sub)

    async def replace_all(self, presented: str, key: str, claims: Claims) -> Claims | None:
        with self._forgetting(claims.sub):
            return await self._inner.replace_all(presented, key, claims)

    async def rescope(self, sub: str, scope: str) -> None:
        with self._forgetting(sub):
            await self._inner.rescope(sub, scope)

    async def clear(self) -> int:
        try:
            return await self._inner.clear()
        finally:
            self._cache.clear()
