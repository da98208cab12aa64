"""fastapi-users with its Redis strategy: an opaque token, and the user's row with every read."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, ClassVar

from servers.libraries.parts.fastapi_users_scheme import FastapiUsersScheme, never_written, written_in_turn
from servers.libraries.parts.lending_store import lending_store


class FastapiUsersRedis(FastapiUsersScheme):
    """The token itself is the key in Redis, and the user's id its value.

    The library's extra `redis` asks for a redis-py before 8; the strategy runs on the locked one as well.
    """

    name = "fastapi-users-redis"
    shape = "Redis strategy: GET of the token and SELECT of the user per read."
    reason = (
        "A logout is final at once, and so are a changed role and a disabled account, because the user is "
        "read each time. A changed password ends nothing. Redis holds the tokens as they are presented."
    )
    token_commands: ClassVar = {"read": {"get": 1}, "login": {"set": 1}, "logout": {"del": 1}}

    @property
    def lifetime_s(self) -> int:
        return self.settings.opaque_lifetime_s

    @property
    def store_failures(self) -> int:
        return super().store_failures + self._store.failures

    async def open_strategy(self, ending: AsyncExitStack) -> Any:
        self._store = lending_store(self.settings)
        ending.push_async_callback(self._store.stop)
        await self._store.start_for(self.settings, "GET", "SET", "DEL")
        return self._strategy(self.lifetime_s)

    async def seed_tokens(self, users: Sequence[Any], lifetimes_s: Sequence[int]) -> list[str]:
        """Written by the strategy; one that has expired is none that Redis would know."""
        made = {life: self._strategy(life) for life in set(lifetimes_s) if life > 0}
        living = [(user, made[life]) for user, life in zip(users, lifetimes_s, strict=True) if life > 0]
        tokens = iter(await written_in_turn([strategy.write_token(user) for user, strategy in living]))
        return [next(tokens) if life > 0 else never_written() for life in lifetimes_s]

    async def delete_keys(self) -> int:
        return await super().delete_keys() + await self._store.delete_prefix(self.settings.redis_key_prefix)

    async def ping_store(self, count: int) -> list[float]:
        """Of Redis."""
        return await self._store.round_trips_us(count)

    def _strategy(self, lifetime_s: int) -> Any:
        library = self.part("fastapi_users.authentication.strategy.redis")
        prefix = f"{self.settings.redis_key_prefix}token:"
        return library.RedisStrategy(self._store.lent, lifetime_s, key_prefix=prefix)
