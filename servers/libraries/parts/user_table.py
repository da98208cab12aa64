"""The users and access tokens of fastapi-users in SQL, as its adapters for a database offer them.

The adapter that is published for SQLAlchemy (fastapi-users-db-sqlalchemy 7.0.0) asks for a SQLAlchemy before
2.1, which the locked one is not. These send one statement for each call; that one also reads again what it
has written (`refresh`). A read asks the same of both.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy import text as sql

from servers.stores.sql.transactions import StoreTransactions

SCHEMA = MetaData()
_USERS = Table(
    "library_users",
    SCHEMA,
    Column("id", String(400), primary_key=True),
    Column("username", String(255), nullable=False, index=True),
    Column("scope", String(255), nullable=False),
    Column("is_active", Boolean, nullable=False),
)
_TOKENS = Table(
    "library_access_tokens",
    SCHEMA,
    Column("token", String(43), primary_key=True),
    Column("user_id", String(400), nullable=False),
    # Microseconds since 1970: SQLite keeps no time zone.
    Column("created_at", BigInteger, nullable=False),
)
_PORTION = 1000
"""Rows in one transaction, which has a deadline."""

_U, _T = _USERS.c, _TOKENS.c
_GET = select(_U.id, _U.username, _U.scope, _U.is_active).where(_U.id == bindparam("by_id"))
# Core has ON CONFLICT for each database apart; SQLite and PostgreSQL write it alike.
_REGISTER = sql(
    "INSERT INTO library_users (id, username, scope, is_active) VALUES (:id, :username, :scope, :is_active) "
    "ON CONFLICT (id) DO NOTHING"
)
_OF_NAME = _U.username == bindparam("by_name")
_RESCOPE = update(_USERS).where(_OF_NAME).values(scope=bindparam("new_scope"))
_DISABLE = update(_USERS).where(_OF_NAME).values(is_active=False)
_TOKEN = select(_T.token, _T.user_id, _T.created_at).where(_T.token == bindparam("by_token"))
_YOUNG_TOKEN = _TOKEN.where(_T.created_at >= bindparam("since"))


@dataclass(frozen=True)
class User:
    """What of `fastapi_users.models.UserProtocol` a strategy and this application read."""

    id: str
    username: str
    scope: str
    is_active: bool = True


@dataclass(frozen=True)
class AccessToken:
    """`fastapi_users.authentication.strategy.db.AccessTokenProtocol`."""

    token: str
    user_id: str
    created_at: int


class UserTable(StoreTransactions):
    """`fastapi_users.db.BaseUserDatabase`, as far as strategies ask it. It may raise `StoreUnavailable`."""

    async def get(self, id: str) -> User | None:
        """One SELECT."""
        async with self.transaction() as connection:
            row = (await connection.execute(_GET, {"by_id": id})).one_or_none()
        return User(*row) if row else None

    async def register(self, users: Iterable[User]) -> None:
        """One INSERT each, nothing for those who are there: what was changed of them meanwhile stays."""
        rows = [vars(user) for user in users]
        for start in range(0, len(rows), _PORTION):
            async with self.transaction() as connection:
                await connection.execute(_REGISTER, rows[start : start + _PORTION])

    async def rescope(self, user: User) -> None:
        """Give every row of this name the user's scope; the user is there from now on."""
        await self._change(user, _RESCOPE, {"by_name": user.username, "new_scope": user.scope})

    async def disable(self, user: User) -> None:
        """The same for `is_active`: a login under way finds the row, and leaves it as it is."""
        await self._change(user, _DISABLE, {"by_name": user.username})

    async def _change(self, user: User, statement: Any, values: dict[str, str]) -> None:
        async with self.transaction() as connection:
            await connection.execute(_REGISTER, vars(user))
            await connection.execute(statement, values)

    async def clear(self) -> int:
        """Remove all users and tokens; how many tokens that were."""
        async with self.transaction() as connection:
            removed = await connection.execute(delete(_TOKENS))
            await connection.execute(delete(_USERS))
        return removed.rowcount


class TokenTable:
    """`fastapi_users.authentication.strategy.db.AccessTokenDatabase`, as far as its strategy asks it."""

    def __init__(self, users: UserTable) -> None:
        self._users = users

    async def get_by_token(self, token: str, max_age: datetime | None = None) -> AccessToken | None:
        """One SELECT. `max_age` is the earliest moment at which the token may have been made."""
        values: dict[str, Any] = {"by_token": token}
        if max_age is not None:
            values["since"] = round(max_age.timestamp() * 1e6)
        async with self._users.transaction() as connection:
            found = await connection.execute(_TOKEN if max_age is None else _YOUNG_TOKEN, values)
            row = found.one_or_none()
        return AccessToken(*row) if row else None

    async def create(self, create_dict: dict[str, Any]) -> AccessToken:
        """One INSERT. `created_at` is now unless given, in microseconds."""
        token = AccessToken(**{"created_at": round(time.time() * 1e6), **create_dict})
        await self.create_many([token])
        return token

    async def create_many(self, tokens: list[AccessToken]) -> None:
        """For the harness."""
        for start in range(0, len(tokens), _PORTION):
            async with self._users.transaction() as connection:
                await connection.execute(
                    insert(_TOKENS), [vars(token) for token in tokens[start : start + _PORTION]]
                )

    async def delete(self, access_token: AccessToken) -> None:
        """One DELETE."""
        async with self._users.transaction() as connection:
            await connection.execute(delete(_TOKENS).where(_T.token == access_token.token))
