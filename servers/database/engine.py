"""The database behind accounts and orders: one engine, one schema, one kind of failure."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Boolean,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    event,
    make_url,
)
from sqlalchemy.exc import (
    ArgumentError,
    IntegrityError,
    InvalidRequestError,
    NoSuchModuleError,
    SQLAlchemyError,
)
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
"""Each is a thread of its own with SQLite."""


class Database:
    """Any database SQLAlchemy reaches asynchronously; without a URL a private SQLite file, removed by `stop`.

    Every transaction has one deadline over waiting for a connection and all its statements. `schema` are the
    tables that are made if they are missing.
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
            # Mode 0700: nobody else reads the password hashes.
            self._folder = Path(tempfile.mkdtemp(prefix="authbench-"))
            url = URL.create("sqlite+aiosqlite", database=str(self._folder / "database"))
        else:
            url = _parse(self._given_url)
        self._engine = self._create_engine(url)
        try:
            if url.get_backend_name() == "sqlite" and url.database:
                _try_sqlite(self._engine, url)
            try:
                await self._create_tables()
            except (DatabaseUnavailable, IntegrityError):
                # Another process may be at the same work. SQLite refuses to change the journal mode of a file
                # in which another process writes; PostgreSQL finds two new tables of one name.
                await self._create_tables()
        except (DatabaseUnavailable, sqlite3.Error) as error:
            raise Failure(f"no usable database at {_printable(url)}: {error}") from None

    async def _create_tables(self) -> None:
        async with self.transaction() as connection:
            for table in self._schema.sorted_tables:
                # The database decides whether it is there. `create_all` looks first and creates then: another
                # process may create the table in between.
                await connection.execute(CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    await connection.execute(CreateIndex(index, if_not_exists=True))

    async def stop(self) -> None:
        """Close every connection; remove the private file."""
        if self._engine is not None:
            await self._engine.dispose()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def engine(self) -> AsyncEngine:
        """What is connected, for those that listen to it."""
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
        except IntegrityError:
            raise
        except (SQLAlchemyError, OSError) as error:
            # asyncio.timeout raises the built-in TimeoutError, which is an OSError without text.
            text = str(error).partition("\n")[0] or f"no answer within {self._deadline_s:g} s"
            raise DatabaseUnavailable(text) from error

    def _create_engine(self, url: URL) -> AsyncEngine:
        sqlite = url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {}
        if sqlite:
            # Shorter than the deadline, so that SQLite gives up by itself and its connection stays whole.
            options["connect_args"] = {"timeout": self._deadline_s / 2}
        if not sqlite or url.database:
            options |= {"pool_size": _CONNECTIONS, "max_overflow": 0}
        try:
            engine = create_async_engine(url, **options)
        except NoSuchModuleError:
            raise Failure(f"{_printable(url)}: SQLAlchemy knows no {url.drivername}") from None
        except ModuleNotFoundError as error:
            raise Failure(
                f"{_printable(url)}: the driver is missing: install the package {error.name}"
            ) from None
        except (InvalidRequestError, ArgumentError) as error:
            raise Failure(f"{_printable(url)}: cannot be used: {str(error).partition('(')[0]}") from None
        if not engine.dialect.insert_returning:
            raise Failure(f"{_printable(url)}: a database with INSERT ... RETURNING is needed")
        if sqlite:
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        return engine


def _parse(text: str) -> URL:
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        # Not quoted: it may contain a password.
        raise Failure("the database URL cannot be read: give one such as sqlite+aiosqlite:///path") from None


def _printable(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _try_sqlite(engine: AsyncEngine, url: URL) -> None:
    """Open the file once, and make it, for its owner alone: password hashes and sessions are in it.

    If it cannot be opened, aiosqlite's thread reports to a loop that may have ended by then. What SQLite puts
    beside the file (-wal, -shm, -journal) gets the mode of the file.
    """
    (filename,), options = engine.dialect.create_connect_args(url)
    # Not chmod afterwards: no moment at which others could open it. And not in a thread: the mask is of the
    # whole process.
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
    """Readers and the writer do not wait for each other; a commit survives a crash of this process."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
