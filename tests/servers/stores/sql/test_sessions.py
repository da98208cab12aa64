"""Sessions in SQL: in SQLite always, in PostgreSQL too where a URL is given."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from authbench.contracts.failure import Failure
from servers.contract.claims import Claims
from servers.contract.errors import StoreUnavailable
from servers.database.engine import Database
from servers.stores.sql.schema import EPOCHS, SCHEMA, SESSIONS
from servers.stores.sql.sessions import SqlSessions
from tests.clock import Clock
from tests.servers.stores.session_stores import IDLE_S, POSTGRES_URL, SQL, TOUCH_S

KEY, OTHER = "0" * 64, "1" * 64


Work = Callable[[SqlSessions, Database, Clock], Awaitable[None]]


def with_store(kind: str, work: Work) -> None:
    async def inside() -> None:
        clock = Clock()
        database = Database(POSTGRES_URL if kind == "postgresql" else None, 10.0, SCHEMA)
        store = SqlSessions(database, IDLE_S, TOUCH_S, clock=clock)
        await store.start()
        try:
            await store.clear()
            store.statements.counted.clear()
            await work(store, database, clock)
        finally:
            await store.stop()

    asyncio.run(inside())


def claims(clock: Clock, lifetime_s: int = 10_000, sub: str = "alice") -> Claims:
    now = int(clock.now)
    return Claims("issuer", "audience", sub, "user", now, now + lifetime_s, f"{sub}-{lifetime_s}")


async def create(store: SqlSessions, key: str, made: Claims) -> None:
    assert await store.create(key, made, await store.mark(made.sub))


@pytest.mark.parametrize("kind", SQL)
def test_statements_of_each_operation(kind: str) -> None:
    async def work(store: SqlSessions, database: Database, clock: Clock) -> None:
        async def sent(operation: Awaitable[object]) -> dict[str, int]:
            store.statements.counted.clear()
            await operation
            return dict(store.statements.counted)

        made = claims(clock)
        mark = await store.mark("alice")
        assert await sent(store.mark("alice")) == {"select": 1}
        assert await sent(store.create(KEY, made, mark)) == {"insert": 2}
        assert await sent(store.read(KEY)) == {"select": 1, "update": 1}
        assert await sent(store.read(KEY)) == {"select": 1}
        assert await sent(store.read(OTHER)) == {"select": 1}
        assert await sent(store.of_user("alice")) == {"select": 1}
        assert await sent(store.rescope("alice", "user admin")) == {"insert": 1, "update": 1}
        assert await sent(store.end_one("alice", "nothing")) == {"delete": 1}
        assert await sent(store.end([KEY, OTHER])) == {"delete": 1}
        assert await sent(store.end_all("alice")) == {"insert": 1, "delete": 1}
        # No operation asks for these.
        assert await sent(store.sweep()) == {}
        assert await sent(store.round_trips_us(3)) == {}
        assert await sent(store.clear()) == {}

    with_store(kind, work)


@pytest.mark.parametrize("kind", SQL)
def test_uses_are_written_down_now_and_then(kind: str) -> None:
    async def work(store: SqlSessions, database: Database, clock: Clock) -> None:
        made = claims(clock)
        await create(store, KEY, made)
        assert await store.read(KEY) == made
        for _ in range(20):
            clock.now += TOUCH_S + 1
            store.statements.counted.clear()
            assert await store.read(KEY) == made
            assert store.statements.counted == {"select": 1, "update": 1}
        clock.now += TOUCH_S - 1
        store.statements.counted.clear()
        assert await store.read(KEY) == made
        assert store.statements.counted == {"select": 1}
        # The last use was not written down: idle since the one before.
        clock.now += IDLE_S - TOUCH_S + 1
        assert await store.read(KEY) is None
        assert await store.of_user("alice") == []

    with_store(kind, work)


@pytest.mark.parametrize("kind", SQL)
def test_the_absolute_timeout_never_moves(kind: str) -> None:
    async def work(store: SqlSessions, database: Database, clock: Clock) -> None:
        await create(store, KEY, claims(clock, IDLE_S + 100))
        for _ in range(6):
            clock.now += 100
            assert await store.read(KEY) is not None
        clock.now += 100
        assert await store.read(KEY) is None
        assert not await store.end_one("alice", f"alice-{IDLE_S + 100}")

    with_store(kind, work)


@pytest.mark.parametrize("kind", SQL)
def test_a_session_that_ended_before_its_touch_is_refused(kind: str) -> None:
    async def work(store: SqlSessions, database: Database, clock: Clock) -> None:
        await create(store, KEY, claims(clock))
        transaction, count = store.transaction, 0

        def ending_before_the_second() -> object:
            nonlocal count
            count += 1
            return transaction() if count == 1 else ended_first()

        @contextlib.asynccontextmanager
        async def ended_first() -> AsyncIterator[AsyncConnection]:
            async with transaction() as connection:
                await connection.execute(SESSIONS.delete())
            async with transaction() as connection:
                yield connection

        store.transaction = ending_before_the_second  # type: ignore[assignment, method-assign]
        assert await store.read(KEY) is None
        store.transaction = transaction  # type: ignore[method-assign]
        async with database.transaction() as connection:
            assert (await connection.execute(select(SESSIONS.c.key))).all() == []

    with_store(kind, work)


@pytest.mark.parametrize("kind", SQL)
def test_logins_racing_the_end_of_all(kind: str) -> None:
    async def work(store: SqlSessions, database: Database, clock: Clock) -> None:
        for attempt in range(5):
            mark = await store.mark("alice")
            made = claims(clock)
            keys = [f"{attempt}-{number}" for number in range(12)]
            logins = [store.create(key, made, mark) for key in keys]
            await asyncio.gather(*logins[:6], store.end_all("alice"), *logins[6:])
            assert await store.of_user("alice") == []
            assert not await store.create("late", made, mark)

    with_store(kind, work)


@pytest.mark.parametrize("kind", SQL)
def test_sweeping_removes_what_has_expired_and_nothing_else(kind: str) -> None:
    async def work(store: SqlSessions, database: Database, clock: Clock) -> None:
        short, long = claims(clock, 100, "bob"), claims(clock, 5000)
        await store.create_many([(f"{number:064}", short) for number in range(2500)] + [(OTHER, long)])
        assert await store.sweep() == 0
        clock.now += 100
        assert await store.sweep() == 2500
        assert await store.of_user("alice") == [long]
        async with database.transaction() as connection:
            assert [row.key for row in await connection.execute(select(SESSIONS.c.key))] == [OTHER]

    with_store(kind, work)


@pytest.mark.parametrize("kind", SQL)
def test_unknown_names_leave_nothing_behind(kind: str) -> None:
    async def work(store: SqlSessions, database: Database, _: Clock) -> None:
        for name in ("nobody", "'; DROP TABLE sessions; --"):
            assert await store.mark(name) == b"0"
        async with database.transaction() as connection:
            assert (await connection.execute(select(EPOCHS))).all() == []

    with_store(kind, work)


@pytest.mark.parametrize("kind", SQL)
@pytest.mark.parametrize("damage", ["not JSON", "{}", "[]", '{"sub": 1}'])
def test_a_row_that_cannot_be_used_is_removed(kind: str, damage: str) -> None:
    async def work(store: SqlSessions, database: Database, clock: Clock) -> None:
        await create(store, KEY, claims(clock))
        async with database.transaction() as connection:
            await connection.execute(update(SESSIONS).values(claims=damage))
        assert await store.of_user("alice") == []
        assert await store.read(KEY) is None
        async with database.transaction() as connection:
            assert (await connection.execute(select(SESSIONS.c.key))).all() == []

    with_store(kind, work)


def test_a_database_that_fails_is_a_store_that_fails(tmp_path: Path) -> None:
    async def work() -> None:
        store = SqlSessions(Database(f"sqlite+aiosqlite:///{tmp_path}/x", 5.0, SCHEMA), IDLE_S, TOUCH_S)
        await store.start()
        async with store._database.transaction() as connection:
            await connection.execute(text("DROP TABLE sessions"))
        with pytest.raises(StoreUnavailable):
            await store.read(KEY)
        with pytest.raises(StoreUnavailable):
            await store.end([KEY])
        assert store.failures == 2
        await store.stop()

    asyncio.run(work())


def test_a_url_that_cannot_be_used_is_one_line() -> None:
    store = SqlSessions(Database("postgresql+asyncpg://u:s3cret@127.0.0.1:1/x", 1.0, SCHEMA), IDLE_S, TOUCH_S)
    with pytest.raises(Failure, match="no usable database") as refused:
        asyncio.run(store.start())
    assert "s3cret" not in str(refused.value)


def test_the_file_is_read_again_after_a_restart(tmp_path: Path) -> None:
    async def work() -> None:
        clock = Clock()
        made = claims(clock)
        for first in (True, False):
            database = Database(f"sqlite+aiosqlite:///{tmp_path}/x", 5.0, SCHEMA)
            store = SqlSessions(database, IDLE_S, TOUCH_S, clock=clock)
            await store.start()
            if first:
                await create(store, KEY, made)
            assert await store.read(KEY) == made
            await store.stop()

    asyncio.run(work())
