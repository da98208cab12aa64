"""The Redis client that libraries are given: it behaves as the one of our own schemes does."""

import asyncio
from functools import cached_property
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from authbench.contracts.failure import Failure
from servers.contract.errors import StoreUnavailable
from servers.contract.settings import ServerSettings
from servers.stores.redis.client import RedisStore
from servers.stores.redis.needs import Needs


class LendingStore(RedisStore):
    """A `RedisStore` whose connections a library may use: in figures only the library then differs."""

    async def start_for(self, settings: ServerSettings, *commands: str) -> None:
        """Connect, and see that these commands are carried out. Failure in one line."""
        await self.start(settings.store_connections_warm, Needs(settings.redis_key_prefix, commands))

    @cached_property
    def lent(self) -> Redis:
        """A `redis.asyncio.Redis`, as libraries ask for one."""
        return _LentRedis(self)

    @property
    def deadline_s(self) -> float:
        """Seconds for pool, connect and command together."""
        return self._deadline_s

    def unavailable(self, error: Exception) -> StoreUnavailable:
        """What a command that failed is told as; counted."""
        return self._unavailable(error, self._deadline_s)


class _LentRedis(Redis):
    """Each command has the deadline of the store, and fails as the store's own do: `StoreUnavailable`."""

    def __init__(self, store: LendingStore) -> None:
        super().__init__(connection_pool=store._pool)
        self._store = store

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        # As `RedisStore.execute`, spelled out: this is the measured path.
        try:
            async with asyncio.timeout(self._store.deadline_s):
                return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except (RedisError, OSError) as error:
            raise self._store.unavailable(error) from error


def lending_store(settings: ServerSettings) -> LendingStore:
    """The Redis that the settings name. Failure if they name none."""
    if settings.redis_url is None:
        raise Failure(f"{settings.scheme} needs a Redis: give --redis-url")
    return LendingStore(settings.redis_url, settings.store_deadline_ms / 1000, settings.store_connections)
