"""The lean client promises what the library's does: one deadline, and never another request's reply."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from authbench.contracts.failure import Failure
from servers.contract.errors import StoreUnavailable
from servers.stores.redis.lean.client import LeanReader
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.redis.outcome import outcome
from tests.servers.stores.session_stores import GUARD_S, run


def with_reader(
    redis: RedisProcess, work: Callable[[LeanReader], Awaitable[None]], deadline_s: float = 5.0
) -> None:
    async def inside() -> None:
        reader = LeanReader(redis.url, deadline_s)
        await reader.start()
        try:
            async with asyncio.timeout(GUARD_S):
                await work(reader)
        finally:
            reader.stop()

    run(inside())


def fill(redis: RedisProcess, count: int) -> None:
    redis.ask("MSET", *(part for n in range(count) for part in (f"key-{n}", f"value-{n}")))


def test_it_reads_and_touches(redis_server: RedisProcess) -> None:
    async def work(reader: LeanReader) -> None:
        assert await reader.get_and_touch("lean:a", 60) is None
        for value in (b"value", b"", b"\r\n$-1\r\n", b"x" * 300_000, bytes(range(256))):
            redis_server.ask("SET", "lean:a", value, "EX", 600)
            assert await reader.get_and_touch("lean:a", 60) == value
            assert redis_server.ask("TTL", "lean:a") in (59, 60)
        redis_server.ask("SET", "lean:ümlaut", "v")
        assert await reader.get_and_touch("lean:ümlaut", 60) == b"v"

    with_reader(redis_server, work)


def test_everybody_gets_the_own_reply(own_redis: RedisProcess) -> None:
    async def work(reader: LeanReader) -> None:
        fill(own_redis, 500)
        found = await asyncio.gather(*(reader.get_and_touch(f"key-{n}", 600) for n in range(500)))
        assert found == [f"value-{n}".encode() for n in range(500)]

    with_reader(own_redis, work)


def test_after_a_freeze_too(own_redis: RedisProcess) -> None:
    async def work(reader: LeanReader) -> None:
        fill(own_redis, 200)
        failures = 0
        for _ in range(2):
            own_redis.freeze()
            frozen = await asyncio.gather(
                *(outcome(reader.get_and_touch(f"key-{n}", 600)) for n in range(60))
            )
            assert set(frozen) == {StoreUnavailable}
            # The connection is new now, and nobody answers there either.
            assert await outcome(reader.get_and_touch("key-0", 600)) is StoreUnavailable
            failures += 61
            assert reader.failures >= failures
            own_redis.thaw()
            own_redis.ask("PING")
            later = await asyncio.gather(
                *(outcome(reader.get_and_touch(f"key-{n}", 600)) for n in range(200))
            )
            failures += later.count(StoreUnavailable)
            for number, value in enumerate(later):
                assert value in (StoreUnavailable, f"value-{number}".encode())
        settled = await asyncio.gather(*(reader.get_and_touch(f"key-{n}", 600) for n in range(200)))
        assert settled == [f"value-{n}".encode() for n in range(200)]
        assert reader.failures == failures

    with_reader(own_redis, work, deadline_s=1.0)  # a busy machine must be as quick, but when it is frozen


def test_cancelled_requests_mix_up_nothing(redis_server: RedisProcess) -> None:
    """Cancelled after every number of steps of the loop; the first time round while it connects."""

    async def work(reader: LeanReader) -> None:
        fill(redis_server, 12)
        reader.stop()
        for steps in range(30):
            tasks = [asyncio.create_task(reader.get_and_touch(f"key-{n}", 600)) for n in range(12)]
            for _ in range(steps):
                await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            for number, value in enumerate(done):
                assert value == f"value-{number}".encode() or (
                    number % 2 == 0 and isinstance(value, asyncio.CancelledError)
                )
        assert reader.failures == 0

    with_reader(redis_server, work)


def test_killed_and_started_again(own_redis: RedisProcess) -> None:
    async def work(reader: LeanReader) -> None:
        own_redis.kill()
        down = await asyncio.gather(*(outcome(reader.get_and_touch("x", 60)) for _ in range(20)))
        assert set(down) == {StoreUnavailable}
        own_redis.start()
        assert await reader.get_and_touch("x", 60) is None

    with_reader(own_redis, work)


def test_one_connection_and_nothing_but_getex(own_redis: RedisProcess) -> None:
    async def work(reader: LeanReader) -> None:
        own_redis.reset_commands()
        await asyncio.gather(*(reader.get_and_touch("x", 60) for _ in range(100)))
        assert own_redis.commands() == {"getex": 100}
        # One more is the one that asks.
        assert own_redis.ask("CLIENT", "LIST").count(b"\n") == 1 + 1

    with_reader(own_redis, work)


def test_error_replies_are_unavailability(own_redis: RedisProcess) -> None:
    async def work(reader: LeanReader) -> None:
        own_redis.ask("SET", "x", "value")
        own_redis.ask("REPLICAOF", "127.0.0.1", 1)
        with pytest.raises(StoreUnavailable, match="read only"):
            await reader.get_and_touch("x", 600)
        own_redis.ask("REPLICAOF", "NO", "ONE")
        assert await reader.get_and_touch("x", 600) == b"value"
        own_redis.ask("LPUSH", "list", "x")
        with pytest.raises(StoreUnavailable, match="WRONGTYPE"):
            await reader.get_and_touch("list", 600)

    with_reader(own_redis, work)


def test_password_and_database_of_the_url(own_redis: RedisProcess) -> None:
    own_redis.ask("ACL", "SETUSER", "bench", "on", ">s3 cret", "~*", "+@all")

    async def read(password: str) -> None:
        reader = LeanReader(f"unix://bench:{password}@{own_redis.socket}?db=1", 1.0)
        try:
            await reader.start()
            assert await reader.get_and_touch("only-in-0", 60) is None
        finally:
            reader.stop()

    own_redis.ask("SET", "only-in-0", "v")
    run(read("s3%20cret"))
    with pytest.raises(Failure, match="no usable Redis") as refused:
        run(read("wr0ng"))
    assert "wr0ng" not in str(refused.value)


def test_who_is_no_redis(folder: object) -> None:
    """An answer that is no RESP ends the connection, not the server."""

    async def work() -> None:
        async def babble(stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await stream.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(babble, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        reader = LeanReader(f"redis://127.0.0.1:{port}", 1.0)
        await reader.start()
        for _ in range(3):
            assert await outcome(reader.get_and_touch("x", 60)) is StoreUnavailable
        reader.stop()
        server.close()

    run(work())


@pytest.mark.parametrize("url", ["http://x", "redis://127.0.0.1?socket_timeout=3", ""])
def test_what_it_cannot_use(url: str) -> None:
    with pytest.raises(Failure):
        LeanReader(url, 1.0)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/redis.sock"])
def test_nobody_there_is_one_line(url: str) -> None:
    async def start() -> None:
        await LeanReader(url, 0.5).start()

    with pytest.raises(Failure, match="no usable Redis"):
        run(start())
