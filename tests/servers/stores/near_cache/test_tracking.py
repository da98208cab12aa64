"""Whether the word of a tracking connection may be taken, when a real Redis is frozen, killed or cut off."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from authbench.contracts.failure import Failure
from servers.contract.errors import StoreUnavailable
from servers.stores.near_cache.tracking import Tracking
from servers.stores.redis.client import RedisStore
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import GUARD_S, run

HEARTBEAT_S = 0.05
DEADLINE_S = 10.0
"""Whoever does not freeze his Redis never waits for it."""
FROZEN_S = 1.0
"""The deadline where Redis is frozen: a busy machine is as quick."""


class Witness:
    """A tracking, what it said, and a clock that can be moved on."""

    def __init__(self, url: str, heartbeat_s: float, deadline_s: float) -> None:
        self.told: list[list[str] | None] = []
        self.news = asyncio.Event()
        self.skipped_s = 0.0
        self.pool = RedisStore(url, deadline_s, 2)
        self.tracking = Tracking(self.pool, deadline_s, heartbeat_s, self._hear, self._clock)

    def _hear(self, keys: list[str] | None) -> None:
        self.told.append(keys)
        self.news.set()

    def _clock(self) -> float:
        return time.monotonic() + self.skipped_s

    async def until_told(self, keys: list[str] | None) -> None:
        async with asyncio.timeout(GUARD_S):
            while keys not in self.told:
                self.news.clear()
                await self.news.wait()

    async def until_trusted(self, trusted: bool = True) -> None:
        async with asyncio.timeout(GUARD_S):
            while self.tracking.trusted is not trusted:
                await asyncio.sleep(0.002)


def with_tracking(
    redis: RedisProcess,
    work: Callable[[Witness], Awaitable[None]],
    heartbeat_s: float = HEARTBEAT_S,
    deadline_s: float = DEADLINE_S,
) -> None:
    async def inside() -> None:
        witness = Witness(redis.url, heartbeat_s, deadline_s)
        async with asyncio.timeout(GUARD_S):
            await witness.tracking.start()
            try:
                await work(witness)
            finally:
                await witness.tracking.stop()
                await witness.pool.stop()

    run(inside())


def kill_trackers(redis: RedisProcess) -> None:
    """End the connections that track, as an operator or a middlebox may."""
    for client in redis.ask("CLIENT", "LIST").decode().splitlines():
        fields = dict(item.split("=", 1) for item in client.split())
        if "t" in fields["flags"]:
            redis.ask("CLIENT", "KILL", "ID", fields["id"])


@pytest.mark.parametrize(
    "change",
    [("SET", "{key}", "new"), ("DEL", "{key}"), ("EXPIRE", "{key}", "100"), ("PEXPIRE", "{key}", "1")],
    ids=lambda change: str(change[0]),
)
def test_what_was_read_is_watched(redis_server: RedisProcess, change: tuple[str, ...]) -> None:
    async def work(witness: Witness) -> None:
        key = f"tracking:{change[0]}"
        redis_server.ask("SET", key, "old", "EX", 1000)
        assert await witness.tracking.get(key) == b"old"
        redis_server.ask(*(part.format(key=key) for part in change))
        await witness.until_told([key])

    with_tracking(redis_server, work)


def test_a_flush_is_news_of_everything(own_redis: RedisProcess) -> None:
    async def work(witness: Witness) -> None:
        own_redis.ask("SET", "a", "v")
        assert await witness.tracking.get("a") == b"v"
        own_redis.ask("FLUSHALL")
        await witness.until_told(None)
        assert await witness.tracking.get("a") is None

    with_tracking(own_redis, work)


def test_a_lost_connection_is_news_of_everything_in_the_same_step(own_redis: RedisProcess) -> None:
    async def work(witness: Witness) -> None:
        own_redis.ask("SET", "a", "v")
        assert await witness.tracking.get("a") == b"v"
        assert witness.tracking.trusted
        kill_trackers(own_redis)
        await witness.until_told(None)
        assert not witness.tracking.trusted
        # Over the pool meanwhile, and soon over a new connection that is trusted for itself.
        assert await witness.tracking.get("a") == b"v"
        await witness.until_trusted()
        assert await witness.tracking.get("a") == b"v"
        own_redis.ask("DEL", "a")
        await witness.until_told(["a"])

    with_tracking(own_redis, work)


def test_trust_in_a_frozen_redis_ends_within_the_bound(own_redis: RedisProcess) -> None:
    async def work(witness: Witness) -> None:
        own_redis.freeze()
        frozen = time.monotonic()
        await witness.until_trusted(False)
        # The bound itself; the rest of the time is this machine's, which has more to do.
        assert witness.tracking._lease_ends <= frozen + HEARTBEAT_S + FROZEN_S
        await witness.until_told(None)
        with pytest.raises(StoreUnavailable):
            await witness.tracking.get("a")
        assert witness.tracking.failures + witness.pool.failures == 1
        own_redis.thaw()
        await witness.until_trusted()

    with_tracking(own_redis, work, deadline_s=FROZEN_S)


def test_no_stalled_loop_stretches_a_lease(redis_server: RedisProcess) -> None:
    """The clock decides, not a timer: here no timer runs before the question is asked."""

    async def work(witness: Witness) -> None:
        assert witness.tracking.trusted
        witness.skipped_s = 59.9 + DEADLINE_S
        assert not witness.tracking.trusted
        # The connection is as good as it was: the next heartbeat says so.
        witness.skipped_s = 0
        assert witness.tracking.trusted

    with_tracking(redis_server, work, heartbeat_s=59.9)


def test_heartbeats_renew_the_lease(redis_server: RedisProcess) -> None:
    async def work(witness: Witness) -> None:
        witness.skipped_s = 60
        assert not witness.tracking.trusted
        await witness.until_trusted()
        assert witness.told == []

    with_tracking(redis_server, work)


def test_killed_and_started_again(own_redis: RedisProcess) -> None:
    async def work(witness: Witness) -> None:
        own_redis.ask("SET", "a", "v")
        assert await witness.tracking.get("a") == b"v"
        own_redis.kill()
        await witness.until_told(None)
        assert not witness.tracking.trusted
        with pytest.raises(StoreUnavailable):
            await witness.tracking.get("a")
        own_redis.start()
        await witness.until_trusted()
        assert await witness.tracking.get("a") is None

    with_tracking(own_redis, work)


def test_a_read_is_one_get_on_one_connection(own_redis: RedisProcess) -> None:
    async def work(witness: Witness) -> None:
        own_redis.reset_commands()
        await asyncio.gather(*(witness.tracking.get("a") for _ in range(50)))
        assert own_redis.commands() == {"get": 50}
        clients = own_redis.ask("CLIENT", "LIST").decode().splitlines()
        # The other one is who asks.
        assert len(clients) == 2

    with_tracking(own_redis, work, heartbeat_s=60)


def test_password_and_database_of_the_url(own_redis: RedisProcess) -> None:
    own_redis.ask("ACL", "SETUSER", "bench", "on", ">s3 cret", "~*", "+@all")
    own_redis.ask("SET", "only-in-0", "v")

    async def read(password: str) -> bytes | None:
        url = f"unix://bench:{password}@{own_redis.socket}?db=1"
        witness = Witness(url, HEARTBEAT_S, 5)
        try:
            await witness.tracking.start()
            return await witness.tracking.get("only-in-0")
        finally:
            await witness.tracking.stop()

    async def both() -> None:
        assert await read("s3%20cret") is None
        with pytest.raises(Failure, match="no Redis that tracks keys") as refused:
            await read("wr0ng")
        assert "wr0ng" not in str(refused.value)

    run(both())


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/redis.sock"])
def test_nobody_there_is_one_line(url: str) -> None:
    async def start() -> None:
        await Witness(url, HEARTBEAT_S, DEADLINE_S).tracking.start()

    with pytest.raises(Failure, match="no Redis that tracks keys"):
        run(start())


def test_what_it_cannot_use() -> None:
    async def make() -> None:
        Witness("redis://127.0.0.1?socket_timeout=3", HEARTBEAT_S, DEADLINE_S)

    with pytest.raises(Failure, match="no options in the store's URL but those of TLS"):
        run(make())
