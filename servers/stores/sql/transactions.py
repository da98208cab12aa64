"""Transactions in the database of a store: what fails in one is a failure of the store."""

import contextlib
import time
from collections.abc import AsyncIterator

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.contract.errors import DatabaseUnavailable, StoreUnavailable
from servers.database.engine import Database
from servers.stores.sql.statement_counter import HOUSEKEEPING

_ROUND_TRIP = select(literal(1)).execution_options(**HOUSEKEEPING)


class StoreTransactions:
    """Begins transactions of a store, and counts in `failures` those that failed."""

    failures = 0

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """As `Database.transaction`, with `StoreUnavailable`."""
        try:
            async with self._database.transaction() as connection:
                yield connection
        except DatabaseUnavailable as error:
            self.failures += 1
            raise StoreUnavailable(str(error)) from error

    async def round_trips_us(self, count: int) -> list[float]:
        """A SELECT of a constant, as often; with SQLite the way to its thread and back."""
        taken = []
        for _ in range(count):
            start_ns = time.perf_counter_ns()
            async with self.transaction() as connection:
                await connection.execute(_ROUND_TRIP)
            taken.append((time.perf_counter_ns() - start_ns) / 1000)
        return taken
