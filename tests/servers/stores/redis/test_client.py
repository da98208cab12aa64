import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest
import uvloop

from authbench.contracts.failure import Failure
from servers.contract.errors import StoreUnavailable
from servers.stores.redis.client import RedisStore
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.redis.outcome import outcome
from tests.servers.stores.session_stores import GUARD_S

T = TypeVar("T")
FROZEN_S = 1.0
"""The deadline where Redis is frozen. Before and afterwards a busy machine must be as quick."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """On the loop the server uses."""

    async def guarded() -> T:
        async with asyncio.timeout(GUARD_S):
            return await work

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(guarded())


def with_store(
    redis: RedisProcess,
    work: Callable[[RedisStore], Awaitable[None]],
    deadline_s: float = 5.0,
    connections: int = 4,
) -> None:
    async def inside() -> None:
        store = RedisStore(redis.url, deadline_s, connections)
        await store.start(connections)
        try:
            await work(store)
        finally:
            await store.stop()

    run(inside())


def test_values_live_and_end(redis_server: RedisProcess) -> None:
    async def work(store: RedisStore) -> None:
        assert await store.get_and_touch("store:a", 60) is None
        await store.put("store:a", "value", 600)
        assert redis_server.ask("TTL", "store:a") in (599, 600)
        assert await store.get_and_touch("store:a", 60) == b"value"
        assert redis_server.ask("TTL", "store:a") in (59, 60)
        await store.delete("store:a", "store:b")
        assert await store.get_and_touch("store:a", 60) is None
        assert redis_server.ask("EXISTS", "store:a") == 0

    with_store(redis_server, work)


def test_many_at_once_and_only_those_of_the_prefix_are_removed(redis_server: RedisProcess) -> None:
    async def work(store: RedisStore) -> None:
        await store.put_many((f"many*:{number}", str(number), 600) for number in range(1234))
        await store.put("many-other", "stays", 600)
        assert await store.get_and_touch("many*:1233", 600) == b"1233"
        assert await store.delete_prefix("many*:") == 1234
        assert await store.get_and_touch("many*:1233", 600) is None
        assert await store.get_and_touch("many-other", 600) == b"stays"

    with_store(redis_server, work)


def test_warm_opens_that_many_connections(own_redis: RedisProcess) -> None:
    async def work(store: RedisStore) -> None:
        # One more is the one that asks.
        assert own_redis.ask("CLIENT", "LIST").count(b"\n") == 7 + 1
        assert len(await store.round_trips_us(20)) == 20
        assert own_redis.ask("CLIENT", "LIST").count(b"\n") == 7 + 1

    with_store(own_redis, work, connections=7)


def test_setting_up_asks_nothing_but_ping(own_redis: RedisProcess) -> None:
    async def work(store: RedisStore) -> None:
        asked = own_redis.ask("INFO", "commandstats")
        # The test's own client says hello and asks for client details.
        assert not {"cmdstat_getex", "cmdstat_set", "cmdstat_auth", "cmdstat_select"} & set(asked)

    with_store(own_redis, work)


def test_never_another_requests_reply_after_a_freeze(own_redis: RedisProcess) -> None:
    """CVE-2023-28858 and its kind: a timed-out command must not leave its reply to the next one."""

    async def work(store: RedisStore) -> None:
        for number in range(200):
            await store.put(f"key-{number}", f"value-{number}", 600)
        for _ in range(2):
            own_redis.freeze()
            frozen = await asyncio.gather(*(outcome(store.get_and_touch(f"key-{n}", 600)) for n in range(60)))
            assert set(frozen) == {StoreUnavailable}
            own_redis.thaw()
            # Some may meet a Redis that is still catching up; none may get another's value.
            later = await asyncio.gather(*(outcome(store.get_and_touch(f"key-{n}", 600)) for n in range(200)))
            for number, value in enumerate(later):
                assert value in (StoreUnavailable, f"value-{number}".encode())
        settled = await asyncio.gather(*(store.get_and_touch(f"key-{n}", 600) for n in range(8)))
        assert settled == [f"value-{number}".encode() for number in range(8)]

    with_store(own_redis, work, deadline_s=FROZEN_S, connections=8)


@pytest.mark.parametrize("connections", [1, 3])
def test_cancelled_requests_cost_neither_a_connection_nor_a_mixed_up_reply(
    redis_server: RedisProcess, connections: int
) -> None:
    """Cancelled after every number of steps of the loop, so at every await there is."""

    async def work(store: RedisStore) -> None:
        for number in range(40):
            await store.put(f"cancel-{number}", f"value-{number}", 600)
        for steps in range(40):
            tasks = [asyncio.create_task(store.get_and_touch(f"cancel-{n}", 600)) for n in range(12)]
            for _ in range(steps):
                await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            for number, value in enumerate(done):
                if number % 2 and not isinstance(value, BaseException):
                    assert value == f"value-{number}".encode()
                else:
                    assert value == f"value-{number}".encode() or isinstance(value, asyncio.CancelledError)
            # A connection lost for good would, with as few as these, be missed here.
            again = await asyncio.gather(
                *(store.get_and_touch(f"cancel-{n}", 600) for n in range(connections))
            )
            assert again == [f"value-{n}".encode() for n in range(connections)]
        assert store.failures == 0

    with_store(redis_server, work, connections=connections)


def test_waiting_for_a_connection_is_inside_the_deadline(own_redis: RedisProcess) -> None:
    async def work(store: RedisStore) -> None:
        own_redis.freeze()
        ended = await asyncio.gather(*(outcome(store.get_and_touch("x", 60)) for _ in range(30)))
        assert set(ended) == {StoreUnavailable}
        assert store.failures == 30
        own_redis.thaw()
        assert await store.get_and_touch("x", 60) is None

    with_store(own_redis, work, deadline_s=FROZEN_S, connections=1)


def test_killed_and_started_again(own_redis: RedisProcess) -> None:
    async def work(store: RedisStore) -> None:
        own_redis.kill()
        down = await asyncio.gather(*(outcome(store.get_and_touch("x", 60)) for _ in range(20)))
        assert set(down) == {StoreUnavailable}
        own_redis.start()
        # The pool's connections are all of the dead process: noticed before use, not by a failed request.
        up = await asyncio.gather(*(outcome(store.get_and_touch("x", 60)) for _ in range(20)))
        assert set(up) == {None}

    with_store(own_redis, work)


def test_error_replies_are_unavailability(own_redis: RedisProcess) -> None:
    async def work(store: RedisStore) -> None:
        await store.put("x", "value", 600)

        own_redis.ask("CONFIG", "SET", "maxmemory", 1)
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            await store.put("y", "value", 600)
        assert await store.get_and_touch("x", 600) == b"value"
        own_redis.ask("CONFIG", "SET", "maxmemory", 0)

        own_redis.ask("REPLICAOF", "127.0.0.1", 1)
        with pytest.raises(StoreUnavailable, match="read only"):
            await store.get_and_touch("x", 600)
        own_redis.ask("REPLICAOF", "NO", "ONE")

        own_redis.ask("ACL", "SETUSER", "default", "-getex")
        with pytest.raises(StoreUnavailable, match="permissions"):
            await store.get_and_touch("x", 600)
        own_redis.ask("ACL", "SETUSER", "default", "+getex")

        assert await store.get_and_touch("x", 600) == b"value"
        assert store.failures == 3

    with_store(own_redis, work)


def test_a_password_that_is_wrong_and_one_that_is_right(own_redis: RedisProcess) -> None:
    own_redis.ask("ACL", "SETUSER", "bench", "on", ">s3cret", "~*", "+@all")

    async def start(password: str) -> None:
        store = RedisStore(f"unix://bench:{password}@{own_redis.socket}?db=1", 1.0, 2)
        try:
            await store.start(1)
        finally:
            await store.stop()

    run(start("s3cret"))
    with pytest.raises(Failure) as refused:
        run(start("wr0ng"))
    assert "wr0ng" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:1/0", "unix:///nowhere/redis.sock", "redis://no-such-host.invalid/0"]
)
def test_nobody_there_is_one_line(url: str) -> None:
    async def start() -> None:
        store = RedisStore(url, 0.5, 2)
        try:
            await store.start(2)
        finally:
            await store.stop()

    with pytest.raises(Failure, match="no usable Redis at"):
        run(start())


@pytest.mark.parametrize("url", ["http://127.0.0.1", "127.0.0.1:6379", "", "redis://127.0.0.1:port/0"])
def test_what_is_no_url(url: str) -> None:
    async def make() -> None:
        RedisStore(url, 0.5, 2)

    with pytest.raises(Failure, match="cannot be used"):
        run(make())
