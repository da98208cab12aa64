"""Accounts, the same behind every scheme. Every operation may raise `DatabaseUnavailable`."""

from dataclasses import asdict

from sqlalchemy import Update, bindparam, delete, func, insert, select, update

from servers.contract.claims import CLIENT_SUBJECT
from servers.contract.scheme import Account
from servers.database.engine import ACCOUNTS, Database

DEMO_PASSWORD = "correct horse battery staple"  # noqa: S105 - published on purpose, loopback only
DEMO_ACCOUNTS = {"alice": "user", "root": "user admin"}
"""Username -> scope."""


class ReservedName(Exception):
    """A username begins like the subject of an OAuth client."""


class Accounts:
    """The accounts of one server, by username."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, username: str) -> Account | None:
        async with self._database.transaction() as connection:
            row = (await connection.execute(_FIND, {"name": username})).one_or_none()
        return Account(*row) if row else None

    async def add(self, *accounts: Account) -> None:
        """Add accounts or replace those of the same names: all or none. May raise `ReservedName`."""
        rows = [asdict(account) for account in accounts]
        if any(row["username"].startswith(CLIENT_SUBJECT) for row in rows):
            raise ReservedName(
                f"a username must not begin with {CLIENT_SUBJECT!r}, as OAuth clients do: choose another"
            )
        if not rows:
            return
        async with self._database.transaction() as connection:
            await connection.execute(_REMOVE, [{"name": row["username"]} for row in rows])
            await connection.execute(insert(ACCOUNTS), rows)

    async def change_password(self, username: str, old_hash: str, new_hash: str) -> bool:
        """Replace the hash that was verified. False if the account has another by now."""
        return await self._update(_REHASH, {"name": username, "old": old_hash, "new": new_hash})

    async def change_scope(self, username: str, scope: str) -> bool:
        """Give the account another scope. False if there is no such account."""
        return await self._update(_RESCOPE, {"name": username, "new": scope})

    async def disable(self, username: str) -> bool:
        """Let nobody log in to the account any more. False if there is no such account."""
        return await self._update(_DISABLE, {"name": username})

    async def count(self) -> int:
        async with self._database.transaction() as connection:
            return int((await connection.execute(_COUNT)).scalar_one())

    async def _update(self, statement: Update, values: dict[str, str]) -> bool:
        async with self._database.transaction() as connection:
            return (await connection.execute(statement, values)).rowcount == 1


_NAMED = ACCOUNTS.c.username == bindparam("name")
_FIND = select(ACCOUNTS.c.username, ACCOUNTS.c.password_hash, ACCOUNTS.c.scope, ACCOUNTS.c.disabled).where(
    _NAMED
)
_REMOVE = delete(ACCOUNTS).where(_NAMED)
_REHASH = (
    update(ACCOUNTS)
    .where(_NAMED, ACCOUNTS.c.password_hash == bindparam("old"))
    .values(password_hash=bindparam("new"))
)
_RESCOPE = update(ACCOUNTS).where(_NAMED).values(scope=bindparam("new"))
_DISABLE = update(ACCOUNTS).where(_NAMED).values(disabled=True)
_COUNT = select(func.count()).select_from(ACCOUNTS)
