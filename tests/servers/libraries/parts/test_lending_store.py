"""A Redis client that is lent: it works as one, and fails as the store does."""

import pytest

from authbench.contracts.failure import Failure
from servers.contract.errors import StoreUnavailable
from servers.contract.settings import ServerSettings
from servers.libraries.parts.lending_store import lending_store
from tests.servers.libraries.visits import run
from tests.servers.redis_process import RedisProcess


def test_it_works_and_fails_as_the_store(own_redis: RedisProcess) -> None:
    settings = ServerSettings(
        scheme="x", redis_url=own_redis.url, store_connections_warm=1, store_deadline_ms=5000
    )

    async def work() -> None:
        store = lending_store(settings)
        await store.start_for(settings, "GET", "SET", "DEL")
        assert await store.lent.set("key", "value", ex=60)
        assert await store.lent.get("key") == b"value"
        assert await store.lent.delete("key") == 1
        assert store.failures == 0
        own_redis.kill()
        with pytest.raises(StoreUnavailable):
            await store.lent.get("key")
        assert store.failures == 1
        await store.stop()

    run(work())


def test_without_a_redis_it_is_one_line() -> None:
    with pytest.raises(Failure, match="starsessions-redis needs a Redis: give --redis-url"):
        lending_store(ServerSettings(scheme="starsessions-redis"))
