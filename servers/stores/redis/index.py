"""The records of every user in Redis: an index for each user, and the mark a login goes by.

Sessions and families of refresh tokens are kept alike. A user's index can never expire before a record
that is listed there (`lua/index.lua`).

The mark is a random value under a key of the user's own. A login makes sure that there is one, before the
password is verified, and creates its record only if the same one is still there. Ending everything deletes
the mark in the same step as the records. So a login that began before leaves nothing behind, and one that
finds no mark (expired, evicted, lost with its Redis) is refused: the safe side.
"""

import secrets

from servers.contract.scheme import Mark
from servers.stores.redis.client import Argument, RedisStore
from servers.stores.redis.scripts import END_ALL, END_ONE, Script

MARK_LIFETIME_S = 60
"""Far longer than a login takes. Unknown usernames leave a mark too, so it is short."""
HARNESS_MARK = "*"


class RedisIndex:
    """Keys and operations that do not depend on what a record is. `kind` keeps different ones apart."""

    def __init__(self, redis: RedisStore, prefix: str, record_prefix: str, kind: str) -> None:
        self._redis = redis
        self.record_prefix = record_prefix
        self.prefix = f"{prefix}{kind}-of:"
        self._mark_prefix = f"{prefix}{kind}-mark:"

    def keys_of(self, sub: str) -> tuple[str, str]:
        """The user's index and mark."""
        return self.prefix + sub, self._mark_prefix + sub

    async def mark(self, sub: str) -> Mark:
        """The user's mark, a new one if there is none: SET and GETEX in one round trip."""
        key = self._mark_prefix + sub
        _, mark = await self._redis.pipeline(
            ("SET", key, secrets.token_urlsafe(16), "NX", "EX", MARK_LIFETIME_S),
            ("GETEX", key, "EX", MARK_LIFETIME_S),
        )
        return mark  # type: ignore[no-any-return]

    async def members(self, sub: str, now: int) -> list[str]:
        """What is listed for the user and has not reached its absolute expiry, the first to expire first."""
        found = await self._redis.execute("ZRANGEBYSCORE", self.prefix + sub, f"({now}", "+inf")
        return [member.decode() for member in found]

    async def end_all(self, sub: str) -> None:
        """Delete the user's records."""
        await self._redis.run(END_ALL, self.keys_of(sub), (self.record_prefix,))

    async def end_one(self, sub: str, handle: str, deny: tuple[Argument, ...] = ()) -> bool:
        """Delete the user's record with this handle; whether there was one.

        `deny` is what `deny` in `lua/index.lua` takes, where the record is a login that has tokens.
        """
        arguments = (self.record_prefix, handle, *deny)
        return bool(await self._redis.run(END_ONE, (self.prefix + sub,), arguments))

    async def rescope(self, script: Script, sub: str, scope: str) -> None:
        """Write a new scope into the user's records."""
        await self._redis.run(script, self.keys_of(sub), (self.record_prefix, scope))
