"""Sessions in a table of a database: one SELECT for a read, and once in a while an UPDATE."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Executable

from servers.contract.claims import Claims
from servers.contract.errors import StoreUnavailable
from servers.contract.scheme import Mark
from servers.database.engine import Database
from servers.stores.background import end_task
from servers.stores.sessions import SessionStore
from servers.stores.sql import schema as sql_schema
from servers.stores.sql.asks import ASKS
from servers.stores.sql.statement_counter import StatementCounter
from servers.stores.sql.transactions import StoreTransactions

SWEEP_PERIOD_S = 60
_PORTION = 1000


class SqlSessions(StoreTransactions, SessionStore):
    """Sessions behind a `Database` of its own.

    A use is written down if the last one was `touch_after_s` ago, so idle sessions end up to that much
    earlier than `idle_s` after their last use. An UPDATE never brings a row back.

    The mark of a login is the user's epoch, the number of times that all sessions were ended. A user without
    a row is in epoch 0, so an unknown name leaves nothing behind.
    """

    asks = ASKS

    def __init__(
        self,
        database: Database,
        idle_s: int,
        touch_after_s: float,
        statements: StatementCounter | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(database)
        self._idle_s = idle_s
        self._touch_after_s = touch_after_s
        self._clock = clock
        self._sweeping: asyncio.Task[None] | None = None
        self.statements = statements or StatementCounter()

    async def start(self) -> None:
        """Connect, make the tables, begin to count and to sweep."""
        await self._database.start()
        self.statements.listen(self._database.engine)
        self._sweeping = asyncio.create_task(self._sweep_for_ever())

    async def stop(self) -> None:
        await end_task(self._sweeping)
        await self._database.stop()

    async def read(self, key: str) -> Claims | None:
        """One SELECT; if a touch is due, one UPDATE in a transaction of its own.

        A row that cannot be used is removed.
        """
        now = int(self._clock())
        async with self.transaction() as connection:
            row = (await connection.execute(sql_schema.READ, {"by_key": key, "now": now})).one_or_none()
        if row is None:
            return None
        claims = _claims(row.claims, row.scope)
        if claims is None:
            await self.end([key])
            return None
        if row.used_at is None or row.used_at + self._touch_after_s <= now:
            touch = {"by_key": key, "used": now, "ends": min(now + self._idle_s, claims.exp)}
            async with self.transaction() as connection:
                touched = await connection.execute(sql_schema.TOUCH, touch)
            if not touched.rowcount:
                return None
        return claims

    async def mark(self, sub: str) -> Mark:
        async with self.transaction() as connection:
            epoch = (await connection.execute(sql_schema.EPOCH, {"by_sub": sub})).scalar_one_or_none()
        return b"%d" % (epoch or 0)

    async def create(self, key: str, claims: Claims, mark: Mark) -> bool:
        """Two INSERTs in one transaction: the first holds the user's epoch, and says which it is."""
        async with self.transaction() as connection:
            held = await connection.execute(sql_schema.HOLD_EPOCH, {"by_sub": claims.sub})
            if mark != b"%d" % held.scalar_one():
                return False
            ends_at = min(int(self._clock()) + self._idle_s, claims.exp)
            await connection.execute(sql_schema.CREATE, _row(key, claims, ends_at))
        return True

    async def create_many(self, sessions: Sequence[tuple[str, Claims]]) -> None:
        """In portions, in place of what had the same keys."""
        for start in range(0, len(sessions), _PORTION):
            portion = sessions[start : start + _PORTION]
            async with self.transaction() as connection:
                await connection.execute(sql_schema.END, {"by_keys": [key for key, _ in portion]})
                await connection.execute(
                    sql_schema.CREATE, [_row(key, claims, claims.exp) for key, claims in portion]
                )

    async def end(self, keys: Sequence[str]) -> None:
        async with self.transaction() as connection:
            await connection.execute(sql_schema.END, {"by_keys": list(keys)})

    async def of_user(self, sub: str) -> list[Claims]:
        async with self.transaction() as connection:
            rows = (
                await connection.execute(sql_schema.OF_USER, {"by_sub": sub, "now": int(self._clock())})
            ).all()
        found = [claims for row in rows if (claims := _claims(*row))]
        return sorted(found, key=lambda claims: (claims.exp, claims.jti))

    async def end_one(self, sub: str, jti: str) -> bool:
        which = {"by_sub": sub, "by_jti": jti, "now": int(self._clock())}
        async with self.transaction() as connection:
            ended = await connection.execute(sql_schema.END_ONE, which)
        return bool(ended.rowcount)

    async def end_all(self, sub: str) -> None:
        """One INSERT that begins the user's next epoch, and one DELETE."""
        async with self.transaction() as connection:
            await connection.execute(sql_schema.NEXT_EPOCH, {"by_sub": sub})
            await connection.execute(sql_schema.END_ALL, {"by_sub": sub})

    async def replace_all(self, presented: str, key: str, claims: Claims) -> Claims | None:
        """The same in one transaction with a DELETE that says what the presented one was, and an INSERT.

        Not a SELECT: of two transactions that end a session, one deletes its row.
        """
        now = int(self._clock())
        async with self.transaction() as connection:
            await connection.execute(sql_schema.NEXT_EPOCH, {"by_sub": claims.sub})
            ended = await connection.execute(sql_schema.TAKE, {"by_key": presented, "now": now})
            scope: str | None = ended.scalar_one_or_none()
            await connection.execute(sql_schema.END_ALL, {"by_sub": claims.sub})
            if scope is None:
                return None
            claims = replace(claims, scope=scope)
            ends_at = min(now + self._idle_s, claims.exp)
            await connection.execute(sql_schema.CREATE, _row(key, claims, ends_at))
        return claims

    async def rescope(self, sub: str, scope: str) -> None:
        """One INSERT that begins the user's next epoch, and one UPDATE."""
        async with self.transaction() as connection:
            await connection.execute(sql_schema.NEXT_EPOCH, {"by_sub": sub})
            await connection.execute(sql_schema.RESCOPE, {"by_sub": sub, "new_scope": scope})

    async def clear(self) -> int:
        count = await self._remove(sql_schema.CLEAR)
        async with self.transaction() as connection:
            await connection.execute(sql_schema.CLEAR_EPOCHS)
        return count

    async def sweep(self) -> int:
        """Remove what has expired, in portions; how much that was. A read refuses it in any case."""
        return await self._remove(sql_schema.SWEEP)

    async def _remove(self, portion_of: Executable) -> int:
        removed = 0
        while True:
            which = {"now": int(self._clock()), "portion": _PORTION}
            async with self.transaction() as connection:
                count = (await connection.execute(portion_of, which)).rowcount
            removed += count
            if count < _PORTION:
                return removed

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_PERIOD_S)
            # A database that is away now is asked again next time.
            with contextlib.suppress(StoreUnavailable):
                await self.sweep()


def _row(key: str, claims: Claims, ends_at: int) -> dict[str, object]:
    return {
        "key": key, "sub": claims.sub, "jti": claims.jti, "claims": claims.as_json(),
        "scope": claims.scope, "used_at": None, "ends_at": ends_at,
    }  # fmt: skip


def _claims(text: str, scope: str) -> Claims | None:
    try:
        return replace(Claims.parse_json(text), scope=scope)
    except ValueError:
        return None
