"""The SQL database of accounts, orders and the sessions of session-sql."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Boolean, Column, Integer, MetaData, String, Table, event, exc, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateIndex, CreateTable

from authbench.contracts.failure import Failure
from servers.contract.errors import DatabaseUnavailable

_SCHEMA = MetaData()
ACCOUNTS = Table(
    "accounts",
    _SCHEMA,
    Column("username", String(64), primary_key=True),
    Column("password_hash", String(255), nullable=False),
    Column("scope", String(255), nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
)
ORDERS = Table(
    "orders",
    _SCHEMA,
    Column("sub", String(255), primary_key=True),
    # Per user, from 1: the same history gives the same bodies behind every scheme.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("item", String(100), nullable=False),
    Column("quantity", Integer, nullable=False),
)

_CONNECTIONS = 8
"""With SQLite, each is a thread of its own."""

_RETRY_S = 0.01
"""Between two attempts to create the tables, up to twice of it."""
_APART = 16
"""Processes that start together have pids in a row, and wait for different times."""


class Database:
    """Any database SQLAlchemy reaches asynchronously; without a URL a private SQLite file, removed by `stop`.

    One deadline covers waiting for a connection and all statements of a transaction. `start` creates the
    tables of `schema` that are missing.
    """

    def __init__(self, url: str | None, deadline_s: float, schema: MetaData = _SCHEMA) -> None:
        self._given_url = url
        self._schema = schema
        self._deadline_s = deadline_s
        self._folder: Path | None = None
        self._engine: AsyncEngine | None = None

    async def start(self) -> None:
        """Connect and create the tables that are missing. Failure in one line."""
        if self._given_url is None:
            # Mode 0700: no other user can read the password hashes.
            self._folder = Path(tempfile.mkdtemp(prefix="authbench-"))
            url = URL.create("sqlite+aiosqlite", database=str(self._folder / "database"))
        else:
            url = _parse(self._given_url)
        self._engine = self._create_engine(url)
        try:
            await self._prepare(url)
        except (DatabaseUnavailable, exc.IntegrityError, sqlite3.Error) as error:
            raise Failure(f"no usable database at {_printable(url)}: {error}") from None

    async def _prepare(self, url: URL) -> None:
        """Create the file and the tables; try again until the deadline has passed.

        Another process may be doing the same. SQLite is "locked" at once, without its own waiting, for a
        process that changes the journal mode while another writes, or that opens the file while the last
        connection to it closes (https://www.sqlite.org/wal.html, 9). PostgreSQL finds two new tables of one
        name.
        """
        start_s = time.monotonic()
        while True:
            try:
                if url.get_backend_name() == "sqlite" and url.database:
                    _try_sqlite(self.engine, url)
                await self._create_tables()
            except (DatabaseUnavailable, exc.IntegrityError, sqlite3.OperationalError):
                if time.monotonic() - start_s > self._deadline_s:
                    raise
            else:
                return
            await asyncio.sleep(_RETRY_S * (1 + os.getpid() % _APART / _APART))

    async def _create_tables(self) -> None:
        async with self.transaction() as connection:
            for table in self._schema.sorted_tables:
                # Not `create_all`, which looks first: another process may create the table in between.
                await connection.execute(CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    await connection.execute(CreateIndex(index, if_not_exists=True))

    async def stop(self) -> None:
        if self._engine is not None:
            await self._engine.dispose()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def engine(self) -> AsyncEngine:
        assert self._engine is not None, "start() was not called"  # noqa: S101
        return self._engine

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that ends with the block. `DatabaseUnavailable` if that fails.

        IntegrityError goes through: the database answered.
        """
        try:
            async with asyncio.timeout(self._deadline_s), self.engine.begin() as connection:
                yield connection
        except exc.IntegrityError:
            raise
        except (exc.SQLAlchemyError, OSError) as error:
            # The TimeoutError of asyncio.timeout is an OSError without text.
            text = str(error).partition("\n")[0] or f"no answer within {self._deadline_s:g} s"
            raise DatabaseUnavailable(text) from error

    def _create_engine(self, url: URL) -> AsyncEngine:
        sqlite = url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {}
        if sqlite:
            # Shorter than the deadline: SQLite gives up by itself, and its connection stays usable.
            options["connect_args"] = {"timeout": self._deadline_s / 2}
        if not sqlite or url.database:
            options |= {"pool_size": _CONNECTIONS, "max_overflow": 0}
        try:
            engine = create_async_engine(url, **options)
        except exc.NoSuchModuleError:
            raise Failure(f"{_printable(url)}: SQLAlchemy knows no {url.drivername}") from None
        except ModuleNotFoundError as error:
            raise Failure(
                f"{_printable(url)}: the driver is missing: install the package {error.name}"
            ) from None
        except (exc.InvalidRequestError, exc.ArgumentError) as error:
            raise Failure(f"{_printable(url)}: cannot be used: {str(error).partition('(')[0]}") from None
        if not engine.dialect.insert_returning:
            raise Failure(f"{_printable(url)}: a database with INSERT ... RETURNING is needed")
        if sqlite:
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        return engine


def _parse(text: str) -> URL:
    try:
        return make_url(text)
    except (exc.ArgumentError, ValueError):
        # Not quoted: the URL may contain a password.
        raise Failure("the database URL cannot be read: give one such as sqlite+aiosqlite:///path") from None


def _printable(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _try_sqlite(engine: AsyncEngine, url: URL) -> None:
    """Create the file, which holds password hashes and sessions, readable for its owner only.

    SQLite gives -wal, -shm and -journal its mode. An error is reported here, and not by aiosqlite's thread.
    """
    (filename,), options = engine.dialect.create_connect_args(url)
    # Not chmod afterwards, because others could open the file before. And not in a thread: the mask is of the
    # process.
    mask = os.umask(0o077)
    try:
        connection = sqlite3.connect(filename, **options)
    finally:
        os.umask(mask)
    try:
        connection.execute("PRAGMA user_version")
    finally:
        connection.close()


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Let readers and the writer not wait for each other, and commits survive a crash of this process."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
