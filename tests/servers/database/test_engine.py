import asyncio
import multiprocessing
import os
import sqlite3
import stat
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from servers.contract.errors import DatabaseUnavailable
from servers.contract.scheme import Account
from servers.database.accounts import Accounts
from servers.database.engine import Database
from servers.database.orders import Orders
from tests.servers.conftest import Serve
from tests.servers.database.test_orders import order, pens
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import Reply, ServerProcess

LOCKED_S = 1.0
"""The deadline where the database is locked. Before and afterwards a busy machine must be as quick."""


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def assert_unavailable(reply: Reply) -> None:
    assert reply.status == 503, reply
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["retry-after"] == "1"
    assert reply.json["detail"] == "The database does not answer."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense", "the database URL cannot be read"),
        ("mysql+asyncmy://u:s3cret@127.0.0.1:1/x", "install the package asyncmy"),
        ("postgresql+asyncpg://u:s3cret@127.0.0.1:1/x", "no usable database at postgresql"),
        ("postgresql://u:s3cret@127.0.0.1/x", "(cannot be used|driver is missing)"),
        ("sqlite:///x", "cannot be used"),
        ("nosuch+driver://u:s3cret@127.0.0.1/x", "SQLAlchemy knows no nosuch"),
        ("sqlite+aiosqlite:////nowhere/at/all", "no usable database at sqlite"),
        ("sqlite+aiosqlite:////", "no usable database"),
        ("sqlite+aiosqlite:////dev/null", "no usable database"),
    ],
)
def test_refusals_are_one_line_without_a_password(text: str, reason: str) -> None:
    with pytest.raises(Failure, match=reason) as refused:
        asyncio.run(Database(text, 1.0).start())
    assert "\n" not in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_a_private_file_that_goes_with_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    server = serve(scheme="none")
    (made,) = tmp_path.iterdir()
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert (made / "database").is_file()
    assert server.stop() == 0
    assert list(tmp_path.iterdir()) == []


def test_a_given_file_stays_and_is_read_again(tmp_path: Path, serve: Serve) -> None:
    path = tmp_path / "kept"
    for expected in (1, 2):
        server = serve(scheme="none", database_url=url(path))
        credential = server.credential(server.login())
        assert order(server, credential, pens(1)).json["id"] == expected
        assert server.stop() == 0
    assert path.is_file()


def start_and_stop(text: str, at_s: float) -> None:
    async def once() -> None:
        database = Database(text, 5.0)
        await database.start()
        await database.stop()

    time.sleep(max(0.0, at_s - time.time()))
    asyncio.run(once())


def test_processes_create_the_tables_at_the_same_time(tmp_path: Path) -> None:
    """Workers that start together, on a file that none of them finds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # or each of them imports all of this anew
    with ProcessPoolExecutor(6, mp_context=context) as pool:
        list(pool.map(start_and_stop, [url(tmp_path / "warm-up")] * 6, [0.0] * 6))
        for number in range(40):
            at_s = time.time() + 0.02
            list(pool.map(start_and_stop, [url(tmp_path / str(number))] * 6, [at_s] * 6))


@pytest.mark.parametrize(
    "form",
    [
        "sqlite+aiosqlite:///{path}",
        "sqlite+aiosqlite:///{path}?timeout=3",
        "sqlite+aiosqlite:///file:{path}?uri=true",
        "sqlite+aiosqlite:///file:{path}?mode=rwc&uri=true",
    ],
)
def test_nobody_else_may_open_what_is_made(tmp_path: Path, form: str) -> None:
    """Password hashes are in it: the file and what SQLite puts beside it, whatever the mask and the name."""

    async def work() -> set[int]:
        path = tmp_path / "x"
        database = Database(form.format(path=path), 5.0)
        await database.start()
        await Accounts(database).add(Account("alice", "hash", "user"))
        found = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
        await database.stop()
        assert {"x", "x-wal", "x-shm"} <= set(found)
        return set(found.values())

    mask = os.umask(0)
    try:
        assert asyncio.run(work()) == {0o600}
        assert os.umask(0) == 0
    finally:
        os.umask(mask)


def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    async def work() -> None:
        database = Database(url(tmp_path / "x"), 5.0)
        await database.start()
        await database.stop()

    (tmp_path / "x").touch(0o640)
    (tmp_path / "x").chmod(0o640)
    asyncio.run(work())
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640


def test_accounts(tmp_path: Path) -> None:
    async def work() -> None:
        database = Database(url(tmp_path / "x"), 5.0)
        await database.start()
        accounts = Accounts(database)
        assert await accounts.find("alice") is None
        await accounts.add(Account("alice", "hash", "user"), Account("bob", "hash", "user"))
        await accounts.add(Account("alice", "other", "user audit"))
        assert await accounts.find("alice") == Account("alice", "other", "user audit")
        assert await accounts.find("ALICE") is None
        assert await accounts.count() == 2
        assert not await accounts.change_password("alice", "hash", "new")
        assert await accounts.change_password("alice", "other", "new")
        assert not await accounts.change_password("nobody", "other", "new")
        assert await accounts.change_scope("alice", "user")
        assert not await accounts.change_scope("nobody", "user")
        assert await accounts.find("alice") == Account("alice", "new", "user")
        await accounts.add()
        await database.stop()

    asyncio.run(work())


def test_no_input_is_sql(tmp_path: Path) -> None:
    async def work() -> None:
        database = Database(url(tmp_path / "x"), 5.0)
        await database.start()
        orders, accounts = Orders(database), Accounts(database)
        for text in ("'; DROP TABLE orders; --", "%", "' OR '1'='1", ":who"):
            assert (await orders.add(text, text, 1)).item == text
            assert len(await orders.newest(text)) == 1
            assert await accounts.find(text) is None
        await database.stop()

    asyncio.run(work())


def test_the_loop_goes_on_while_the_database_waits(tmp_path: Path) -> None:
    async def work() -> None:
        path = tmp_path / "x"
        database = Database(url(path), LOCKED_S)
        await database.start()
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(Orders(database).add("alice", "pen", 1))
        turns = 0
        while not writing.done():
            turns += 1
            await asyncio.sleep(0)
        with pytest.raises(DatabaseUnavailable, match="locked"):
            await writing
        # On the loop it would be a handful, however fast the machine.
        assert turns > 100
        # Readers do not wait for the writer, and the connection is whole again.
        assert await Orders(database).newest("alice") == []
        other.execute("ROLLBACK")
        other.close()
        assert (await Orders(database).add("alice", "pen", 1)).id == 1
        await database.stop()

    asyncio.run(work())


def test_a_deadline_over_waiting_for_a_connection(tmp_path: Path) -> None:
    async def work() -> None:
        path = tmp_path / "x"
        database = Database(url(path), LOCKED_S)
        await database.start()
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        adding = [Orders(database).add("alice", "pen", number) for number in range(30)]
        ended = await asyncio.gather(*adding, return_exceptions=True)
        assert {type(item) for item in ended} == {DatabaseUnavailable}
        other.execute("ROLLBACK")
        other.close()
        ids = [(await Orders(database).add("alice", "pen", 1)).id for _ in range(3)]
        assert ids == [1, 2, 3]
        await database.stop()

    asyncio.run(work())


@pytest.fixture
def damaged(
    tmp_path: Path, serve: Serve, redis_server: RedisProcess
) -> tuple[ServerProcess, sqlite3.Connection]:
    path = tmp_path / "x"
    server = serve(
        scheme="session-redis",
        redis_url=redis_server.url,
        redis_key_prefix="damaged:",
        database_url=url(path),
        database_deadline_ms=round(LOCKED_S * 1000),
    )
    return server, sqlite3.connect(path, isolation_level=None)


def test_what_a_client_sees(damaged: tuple[ServerProcess, sqlite3.Connection]) -> None:
    server, other = damaged
    credential = server.credential(server.login("root"))
    other.execute("BEGIN IMMEDIATE")
    assert_unavailable(order(server, credential, pens(1)))
    assert server.request("GET", "/orders", credential).json == {"orders": []}
    other.execute("ROLLBACK")
    assert order(server, credential, pens(1)).status == 201
    other.execute("DROP TABLE orders")
    other.execute("DROP TABLE accounts")
    other.close()
    assert_unavailable(server.request("GET", "/orders", credential))
    assert_unavailable(order(server, credential, pens(1)))
    assert_unavailable(server.request("GET", "/admin/report", credential))
    assert_unavailable(server.login())
    for operation in (
        {"op": "account", "username": "x", "password": "x", "scope": "user"},
        {"op": "accounts", "first": 0, "count": 1, "password": "x"},
        {"op": "role", "username": "x", "scope": "user"},
    ):
        assert "database is unavailable" in server.ask(**operation)["error"]
    # Who is asking is known without a database.
    assert server.request("GET", "/me", credential).json["sub"] == "root"
    assert server.request("GET", "/public").status == 200
