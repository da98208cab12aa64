"""fastapi-users with its database strategy: an opaque token in a table, and the user's row beside it."""

import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, ClassVar

from servers.libraries.parts.fastapi_users_scheme import FastapiUsersScheme, never_written


class FastapiUsersSql(FastapiUsersScheme):
    """The library's strategy over tables of ours (`servers.libraries.parts.user_table` says why)."""

    name = "fastapi-users-sql"
    shape = "database strategy: SELECT of the token and SELECT of the user per read."
    reason = (
        "No second store to run. A logout is final at once, and so are a changed role and a disabled "
        "account. A changed password ends nothing. The table holds the tokens as they are presented."
    )
    # A logout reads the token once more before it is deleted.
    token_commands: ClassVar = {
        "read": {"select": 1},
        "login": {"insert": 1},
        "logout": {"select": 1, "delete": 1},
    }

    @property
    def lifetime_s(self) -> int:
        return self.settings.opaque_lifetime_s

    async def open_strategy(self, ending: AsyncExitStack) -> Any:
        from servers.libraries.parts.user_table import TokenTable

        library = self.part("fastapi_users.authentication.strategy.db")
        self._tokens = TokenTable(self.users)
        return library.DatabaseStrategy(self._tokens, self.lifetime_s)

    async def seed_tokens(self, users: Sequence[Any], lifetimes_s: Sequence[int]) -> list[str]:
        """Rows as the strategy makes them, as old as their end wants them: it knows one lifetime only."""
        from servers.libraries.parts.user_table import AccessToken

        now = time.time()
        made = [
            AccessToken(never_written(), user.id, round((now + life - self.lifetime_s) * 1e6))
            for user, life in zip(users, lifetimes_s, strict=True)
        ]
        await self._tokens.create_many(made)
        return [token.token for token in made]
