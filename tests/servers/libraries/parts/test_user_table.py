"""Users and access tokens in SQLite, as the strategies of fastapi-users ask for them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from servers.contract.errors import StoreUnavailable
from servers.database.engine import Database
from servers.libraries.parts.user_table import SCHEMA, AccessToken, TokenTable, User, UserTable
from tests.servers.libraries.visits import run

ALICE = User("account:alice", "alice", "user")


def test_who_is_there_already_stays_as_they_are() -> None:
    async def work() -> None:
        database = Database(None, 5.0, SCHEMA)
        await database.start()
        users = UserTable(database)
        assert await users.get(ALICE.id) is None
        await users.register([ALICE, User("seeded:user admin:alice", "alice", "user admin")])
        assert await users.get(ALICE.id) == ALICE
        await users.register([User(ALICE.id, "alice", "user admin")])
        assert await users.get(ALICE.id) == ALICE
        await users.rescope(User(ALICE.id, "alice", "audit"))
        assert [(await users.get(each)).scope for each in (ALICE.id, "seeded:user admin:alice")] == [  # type: ignore[union-attr]
            "audit",
            "audit",
        ]
        await users.disable(ALICE)
        assert not (await users.get(ALICE.id)).is_active  # type: ignore[union-attr]
        await users.disable(User("account:nobody", "nobody", ""))
        await users.register([User("account:nobody", "nobody", "user")])
        assert not (await users.get("account:nobody")).is_active  # type: ignore[union-attr]
        assert len(await users.round_trips_us(3)) == 3
        await database.stop()

    run(work())


def test_a_token_is_found_unless_it_is_too_old_or_deleted() -> None:
    async def work() -> None:
        database = Database(None, 5.0, SCHEMA)
        await database.start()
        users = UserTable(database)
        tokens = TokenTable(users)
        made = await tokens.create({"token": "x" * 43, "user_id": ALICE.id})
        hour = timedelta(hours=1)
        now = datetime.now(UTC)
        assert await tokens.get_by_token(made.token) == made
        assert await tokens.get_by_token(made.token, now - hour) == made
        assert await tokens.get_by_token(made.token, now + hour) is None
        await tokens.create_many([AccessToken(f"{number:043}", ALICE.id, 0) for number in range(3)])
        await tokens.delete(made)
        assert await tokens.get_by_token(made.token) is None
        assert await users.clear() == 3
        await database.stop()

    run(work())


def test_a_database_that_is_away_is_a_store_that_is(tmp_path: Path) -> None:
    async def work() -> None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path}/users.sqlite", 5.0, SCHEMA)
        await database.start()
        users = UserTable(database)
        async with users.transaction() as connection:
            await connection.exec_driver_sql("DROP TABLE library_users")
        with pytest.raises(StoreUnavailable):
            await users.get(ALICE.id)
        assert users.failures == 1
        await database.stop()

    run(work())
