import pytest

from servers.contract.claims import new_claims
from servers.contract.errors import StoreUnavailable
from servers.stores.redis.client import RedisStore
from servers.stores.redis.reads import ThrottledSessions, Touches
from tests.clock import Clock
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import IDLE_S, run

KEY = "0" * 64


async def opened(redis: RedisProcess, prefix: str, touch_after_s: float = 60) -> ThrottledSessions:
    store = ThrottledSessions(RedisStore(redis.url, 5.0, 2), prefix, IDLE_S, 1, touch_after_s)
    await store.start()
    assert await store.create(KEY, new_claims("alice", "user", 3600), await store.mark("alice"))
    return store


def test_only_the_first_use_in_a_while_is_written_down(redis_server: RedisProcess) -> None:
    async def work() -> None:
        store = await opened(redis_server, "throttled-1:")
        redis_server.ask("EXPIRE", "throttled-1:" + KEY, 100)
        redis_server.reset_commands()
        for _ in range(5):
            assert await store.read(KEY) is not None
        assert redis_server.commands() == {"get": 5, "expire": 1}
        assert redis_server.ask("TTL", "throttled-1:" + KEY) > IDLE_S - 5
        await store.stop()

    run(work())


def test_every_use_where_no_time_may_pass(redis_server: RedisProcess) -> None:
    async def work() -> None:
        store = await opened(redis_server, "throttled-2:", touch_after_s=0)
        redis_server.reset_commands()
        for _ in range(3):
            assert await store.read(KEY) is not None
        assert redis_server.commands() == {"get": 3, "expire": 3}
        await store.stop()

    run(work())


def test_a_session_that_ended_before_its_touch_is_refused(redis_server: RedisProcess) -> None:
    async def work() -> None:
        store = await opened(redis_server, "throttled-3:")
        execute = store._redis.execute

        async def ending_before_expire(*command: str | bytes | int) -> object:
            if command[0] == "EXPIRE":
                await store.end([KEY])
            return await execute(*command)

        store._redis.execute = ending_before_expire  # type: ignore[method-assign]
        assert await store.read(KEY) is None
        assert redis_server.ask("EXISTS", "throttled-3:" + KEY) == 0
        await store.stop()

    run(work())


def test_a_touch_that_failed_is_due_again(redis_server: RedisProcess) -> None:
    async def work() -> None:
        store = await opened(redis_server, "throttled-4:")
        execute = store._redis.execute

        async def failing(*command: str | bytes | int) -> object:
            if command[0] == "EXPIRE":
                raise StoreUnavailable("no answer")
            return await execute(*command)

        store._redis.execute = failing  # type: ignore[method-assign]
        with pytest.raises(StoreUnavailable):
            await store.read(KEY)
        store._redis.execute = execute  # type: ignore[method-assign]
        redis_server.reset_commands()
        assert await store.read(KEY) is not None
        assert redis_server.commands() == {"get": 1, "expire": 1}
        await store.stop()

    run(work())


def test_due_at_first_and_again_after_a_while() -> None:
    clock = Clock()
    touches = Touches(60, clock=clock)
    assert touches.due("a")
    # Asking is not touching.
    assert touches.due("a")
    touches.done("a")
    clock.now += 59.9
    assert not touches.due("a")
    assert touches.due("b")
    clock.now += 0.1
    assert touches.due("a")


def test_no_more_than_so_many_are_remembered() -> None:
    touches = Touches(60, limit=3)
    for key in ("a", "b", "c"):
        touches.done(key)
    touches.done("a")
    touches.done("d")
    assert len(touches) == 3
    assert touches.due("b")
    assert not any(touches.due(key) for key in ("a", "c", "d"))
