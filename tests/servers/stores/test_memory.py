import asyncio
import hashlib
from collections.abc import Awaitable, Callable

from servers.contract.claims import Claims
from servers.stores.memory import MARK_LIFETIME_S, MemorySessions
from tests.clock import Clock

IDLE_S = 600


def with_store(work: Callable[[MemorySessions, Clock], Awaitable[None]]) -> None:
    async def inside() -> None:
        clock = Clock()
        await work(MemorySessions(IDLE_S, clock), clock)

    asyncio.run(inside())


def key(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


def claims(clock: Clock, lifetime_s: int, sub: str = "alice") -> Claims:
    now = int(clock.now)
    return Claims("issuer", "audience", sub, "user", now, now + lifetime_s, f"{sub}-{lifetime_s}")


async def create(store: MemorySessions, name: object, made: Claims) -> None:
    assert await store.create(key(name), made, await store.mark(made.sub))


def test_it_ends_when_it_is_not_used() -> None:
    async def work(store: MemorySessions, clock: Clock) -> None:
        made = claims(clock, 10_000)
        await create(store, 1, made)
        for _ in range(5):
            clock.now += IDLE_S - 1
            assert await store.read(key(1)) == made
        clock.now += IDLE_S
        assert await store.of_user("alice") == []
        assert await store.read(key(1)) is None

    with_store(work)


def test_use_does_not_move_the_absolute_expiry() -> None:
    async def work(store: MemorySessions, clock: Clock) -> None:
        await create(store, 1, claims(clock, 1000))
        clock.now += 500
        assert await store.read(key(1)) is not None
        clock.now += 499
        assert await store.read(key(1)) is not None
        clock.now += 1
        assert not await store.end_one("alice", "alice-1000")
        assert await store.read(key(1)) is None

    with_store(work)


def test_the_sweep_leaves_what_is_alive_and_nothing_else() -> None:
    async def work(store: MemorySessions, clock: Clock) -> None:
        for number in range(2000):
            await create(store, number, claims(clock, 1000, f"user-{number}"))
        full = store.memory_bytes()
        clock.now += IDLE_S - 1
        await store.read(key(7))
        clock.now += 1
        await store.sweep()
        assert [item.sub for item in await store.of_user("user-7")] == ["user-7"]
        assert await store.clear() == 1
        # What is left of the tables is their hash arrays.
        assert store.memory_bytes() < full / 3

    with_store(work)


def test_a_sweep_lets_others_work() -> None:
    async def work(store: MemorySessions, clock: Clock) -> None:
        for number in range(3000):
            await create(store, number, claims(clock, 1000, f"user-{number}"))
        clock.now += 1000
        sweeping = asyncio.create_task(store.sweep())
        turns = 0
        while not sweeping.done():
            # Ended under the sweep's eyes, and created anew.
            await store.end([key(2999)])
            await create(store, "new", claims(clock, 1000, "newcomer"))
            turns += 1
            await asyncio.sleep(0)
        assert turns > 5
        assert await store.clear() == 1

    with_store(work)


def test_a_mark_does_not_stay_for_ever() -> None:
    async def work(store: MemorySessions, clock: Clock) -> None:
        mark = await store.mark("alice")
        clock.now += MARK_LIFETIME_S
        await store.sweep()
        # Forgotten, so the login is refused: the safe side.
        assert not await store.create(key(1), claims(clock, 1000), mark)

    with_store(work)


def test_memory_grows_with_sessions_and_shrinks_with_their_end() -> None:
    async def work(store: MemorySessions, clock: Clock) -> None:
        empty = store.memory_bytes()
        await store.create_many([(key(n), claims(clock, 1000, f"user-{n}")) for n in range(1000)])
        full = store.memory_bytes()
        # At the very least key, record, claims and what they say.
        assert full - empty > 1000 * 500
        await store.create_many([(key(n), claims(clock, 1000, f"user-{n}")) for n in range(1000, 2000)])
        assert store.memory_bytes() > 1.8 * full

    with_store(work)
