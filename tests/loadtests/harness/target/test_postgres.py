"""What a real PostgreSQL counted, and each reason for which it could count nothing, in one line."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import pytest

from authbench.contracts.failure import ExitCode, Failure
from loadtests.harness.target.postgres import Postgres
from tests.servers.postgres_process import PostgresProcess
from tests.servers.redis_process import free_port

DATABASE, READER, PASSWORD = "counted", "reader", "se:cr/et"


@pytest.fixture(scope="module")
def server(postgres_server: PostgresProcess) -> PostgresProcess:
    """With a database whose statements are counted, and a user who may read them."""
    postgres_server.create_database(DATABASE)
    postgres_server.execute(
        "CREATE TABLE t (id int)",
        f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'",
        f"GRANT pg_read_all_stats TO {READER}",
        database=DATABASE,
    )
    return postgres_server


@contextmanager
def connected(server: PostgresProcess) -> Iterator[Postgres]:
    postgres = Postgres(server.url(DATABASE, READER, "se%3Acr%2Fet"), "sql_url", settle_s=60)
    try:
        yield postgres
    finally:
        postgres.stop()


def test_statements_are_counted_by_their_word_to_the_integer(server: PostgresProcess) -> None:
    with connected(server) as postgres:
        server.execute("SELECT 1", "DELETE FROM t", database=DATABASE)
        counted = postgres.begin()
        server.execute(
            *("SELECT count(*) FROM t" for _ in range(7)),
            "/* a comment */ SELECT 2",
            "BEGIN; INSERT INTO t VALUES (1); INSERT INTO t VALUES (2), (3); COMMIT",
            "WITH gone AS (DELETE FROM t RETURNING id) SELECT count(*) FROM gone",
            "SET work_mem = '1MB'",
            database=DATABASE,
        )
        server.execute("SELECT 3", database="postgres")
        found = counted()
        again = postgres.begin()
        described = postgres.describe()
        # Ours is one of them: a service may send it too.
        assert again().store_commands == {"select": 200}
        assert postgres.begin()().store_commands == {}, "what reads the counters is not counted"
    assert found.store_commands == {"select": 8, "insert": 2, "with": 1}
    assert found.harness_commands == {"begin": 1, "commit": 1, "set": 1}
    told = (found.store_usec, found.store_bytes_in, found.store_bytes_out, found.store_connections_opened)
    assert told == (None,) * 4
    assert (described.server, described.transport, described.source) == ("PostgreSQL", "tcp", "url")
    assert described.version[0].isdigit()
    assert described.what == f"PostgreSQL {described.version}"
    assert described.round_trip_us > 0
    assert postgres.at == ("127.0.0.1", server.port)


def test_a_transaction_that_ends_after_the_reply_is_waited_for(server: PostgresProcess) -> None:
    replied, read = threading.Event(), threading.Event()

    async def serve() -> None:
        connection = await asyncpg.connect(server.url(DATABASE))
        transaction = connection.transaction()
        await transaction.start()
        await connection.fetch("SELECT count(*) FROM t")
        replied.set()
        while not read.is_set():
            await asyncio.sleep(0.001)
        await transaction.commit()
        await connection.close()

    with connected(server) as postgres:
        counted = postgres.begin()
        service = threading.Thread(target=asyncio.run, args=(serve(),))
        service.start()
        replied.wait()
        threading.Timer(0.05, read.set).start()
        found = counted()
        service.join()
    assert found.store_commands == {"select": 1}
    assert found.harness_commands == {"begin": 1, "commit": 1}


def test_counters_that_begin_anew_end_the_run(server: PostgresProcess) -> None:
    with connected(server) as postgres:
        counted = postgres.begin()
        server.execute("SELECT pg_stat_statements_reset()", database=DATABASE)
        with pytest.raises(Failure, match="forgot statements during a slice") as failure:
            counted()
    assert failure.value.exit_code == ExitCode.INVALID


def told(url: str) -> str:
    with pytest.raises(Failure) as failure:
        Postgres(url, "sql_url")
    text = str(failure.value)
    assert "\n" not in text
    assert "s3cret" not in text
    assert failure.value.exit_code == ExitCode.USAGE
    return text


@pytest.mark.parametrize(
    "url", ["mysql://u:s3cret@127.0.0.1/x", "redis://:s3cret@127.0.0.1/0", "s3cret", "127.0.0.1:5432/x"]
)
def test_statements_of_postgresql_only_are_counted(url: str) -> None:
    assert told(url).startswith("sql_url: statements of PostgreSQL only are counted: give postgresql://")


@pytest.mark.parametrize("url", ["postgresql://u:s3cret@127.0.0.1:s3cret/x", "postgresql://[s3cret/x"])
def test_a_url_that_cannot_be_read(url: str) -> None:
    assert told(url).startswith("sql_url cannot be read: give postgresql://")


def test_nobody_answers() -> None:
    what_to_do = "start it, or leave the URL out"
    line = told(f"postgresql://u:s3cret@127.0.0.1:{free_port()}/x")
    assert line == f"sql_url: no PostgreSQL answers there (Connection refused): {what_to_do}"
    # A password with an @ that is not written as %40.
    line = told("postgresql://u:p@s3cret.invalid@127.0.0.1/x")
    assert line.startswith("sql_url: no PostgreSQL answers there (")


def test_a_database_that_does_not_count(server: PostgresProcess) -> None:
    refused = "sql_url: PostgreSQL refuses this user or password: correct them"
    assert told(server.url(DATABASE, password="s3cret")) == refused
    assert 'database "nowhere" does not exist' in told(server.url("nowhere"))
    line = told(server.url("postgres"))
    assert line.startswith("sql_url: pg_stat_statements is not there: set shared_preload_libraries")
    assert line.endswith("restart PostgreSQL, and CREATE EXTENSION pg_stat_statements in this database")
    server.execute(f"CREATE ROLE stranger LOGIN PASSWORD '{PASSWORD}'", database=DATABASE)
    line = told(server.url(DATABASE, "stranger", "se%3Acr%2Fet"))
    assert line.endswith("may not read what others asked: GRANT pg_read_all_stats TO stranger")
    server.execute(f"ALTER DATABASE {DATABASE} SET pg_stat_statements.track = none", database=DATABASE)
    line = told(server.url(DATABASE))
    server.execute(f"ALTER DATABASE {DATABASE} RESET pg_stat_statements.track", database=DATABASE)
    assert "counts nothing: set pg_stat_statements.track = top" in line


def test_an_extension_that_is_not_loaded_and_a_server_that_ends(server: PostgresProcess) -> None:
    with connected(server) as postgres:
        counted = postgres.begin()
        server.stop()
        with pytest.raises(Failure, match="PostgreSQL stopped answering") as failure:
            counted()
    assert failure.value.exit_code == ExitCode.INVALID
    server.start(loaded="")
    try:
        line = told(server.url(DATABASE))
    finally:
        server.stop()
        server.start()
    assert line.startswith("sql_url: pg_stat_statements is not loaded: set shared_preload_libraries")
