"""Families of refresh tokens in Redis: one record for each login, however often it is refreshed.

A hash per family: the SHA-256 of the current secret and of the one before, the generation, for whom, what
for, through which client, and until when. What was granted, and to whom, begins and ends with the login: no
second key could say something else, or live longer. Comparing and swapping is one script
(`lua/rotate_family.lua`).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from authbench.card import RefreshPolicy
from servers.claims import FIRST_PARTY
from servers.contract import Login, Mark
from servers.stores.needs import Needs
from servers.stores.redis import Argument, RedisStore
from servers.stores.redis_index import HARNESS_MARK, RedisIndex
from servers.stores.scripts import (
    CREATE_FAMILY,
    END_ALL,
    END_FAMILY,
    END_ONE,
    RESCOPE_FAMILIES,
    ROTATE_FAMILY,
)

_SCRIPTS = (CREATE_FAMILY, END_ALL, END_FAMILY, END_ONE, RESCOPE_FAMILIES, ROTATE_FAMILY)
_COMMANDS = ("SET", "GETEX", "HMGET", "ZRANGEBYSCORE")
_BULK = 500


@dataclass(frozen=True, slots=True)
class Rotation:
    """What became of a presented refresh token. `sub` and `scope` only if it was rotated."""

    outcome: Literal["rotated", "unknown", "expired", "reused", "beyond"]
    sub: str = ""
    scope: str = ""
    successor: int = 0
    """Which secret is current now: 0 for the new one, else the number of the one that was given before."""


class Families:
    """Operations on families. They may raise `StoreUnavailable`. Hashes are SHA-256, as 32 bytes.

    A family ends when it was not refreshed for `idle_s`, after `absolute_s`, when it is ended, and when a
    secret is presented that its policy does not let pass.
    """

    def __init__(
        self,
        redis: RedisStore,
        prefix: str,
        idle_s: int,
        absolute_s: int,
        warm: int,
        policy: RefreshPolicy = RefreshPolicy.STRICT,
        grace_s: int = 0,
    ) -> None:
        """`grace_s`: how long the parent of a current secret counts, where the policy is grace."""
        self._policy = policy
        self._grace_s = grace_s
        self._redis = redis
        self._prefix = prefix
        self._idle_s = idle_s
        self._absolute_s = absolute_s
        self._warm = warm
        self._index = RedisIndex(redis, prefix, f"{prefix}family:", "families")

    @property
    def failures(self) -> int:
        """How often Redis was unavailable since the start."""
        return self._redis.failures

    async def start(self) -> None:
        """Connect and load the scripts."""
        await self._redis.start(self._warm, Needs(self._prefix, _COMMANDS, _SCRIPTS))

    async def stop(self) -> None:
        """Close every connection."""
        await self._redis.stop()

    @property
    def index(self) -> RedisIndex:
        """Every user's families."""
        return self._index

    async def mark(self, sub: str) -> Mark:
        """SET and GETEX in one round trip."""
        return await self._index.mark(sub)

    async def create(
        self,
        family: str,
        secret_hash: bytes,
        sub: str,
        scope: str,
        mark: Mark,
        client_id: str = FIRST_PARTY,
    ) -> bool:
        """Store a family that only this client may rotate, and for no more than this scope.

        False, and nothing stored, if all were ended, or the user's scope changed, since `mark` was taken.
        """
        if mark is None:
            return False
        keys, arguments = self._creation(family, secret_hash, sub, scope, mark, client_id)
        return bool(await self._redis.run(CREATE_FAMILY, keys, arguments))

    async def create_many(self, families: Sequence[tuple[str, bytes, str, str]]) -> None:
        """Store (family, secret_hash, sub, scope) nobody logged in for. For the harness."""
        await self._redis.run_many(
            CREATE_FAMILY, [self._creation(*family, HARNESS_MARK, FIRST_PARTY) for family in families]
        )

    async def rotate(
        self,
        family: str,
        presented_hash: bytes,
        new_hash: bytes,
        client_id: str = FIRST_PARTY,
        asked: str = "",
        given_before: Sequence[bytes] = (),
    ) -> Rotation:
        """Swap the secret, if the policy lets the presented one pass; else the family may have ended.

        Unknown if it is another client's. `asked` is a scope of single spaces and nothing twice, all of it
        unless given: beyond what was granted nothing is swapped.
        `given_before` are successors that an older key would have derived: one of them may be out already.
        """
        outcome, *rest = await self._redis.run(
            ROTATE_FAMILY,
            (self._key(family),),
            (presented_hash, new_hash, int(time.time()), self._idle_s, family, self._index.prefix,
             self._policy.value, self._grace_s, client_id, asked, *given_before),
        )  # fmt: skip
        if not rest:
            return Rotation(outcome.decode())
        sub, scope, which = (item.decode() for item in rest)
        return Rotation("rotated", sub, scope, int(which))

    async def end(self, family: str, client_id: str = "") -> bool:
        """End the family, known or not; if a client is named, only if it is that one's. False if not."""
        arguments = (family, self._index.prefix, client_id)
        return bool(await self._redis.run(END_FAMILY, (self._key(family),), arguments))

    async def of_user(self, sub: str) -> list[Login]:
        """The user's live families, the first to expire first."""
        members = await self._index.members(sub, int(time.time()))
        found = []
        for start in range(0, len(members), _BULK):
            portion = members[start : start + _BULK]
            records = await self._redis.pipeline(
                *(("HMGET", self._key(family), "issued", "expires") for family in portion)
            )
            found += [
                Login(family, int(issued), int(expires), None)
                for family, (issued, expires) in zip(portion, records, strict=True)
                if expires is not None
            ]
        return found

    async def end_one(self, sub: str, family: str) -> bool:
        """End the user's family of that name; whether there was one."""
        return await self._index.end_one(sub, family)

    async def end_all(self, sub: str) -> None:
        """End the user's families, and those of logins under way."""
        await self._index.end_all(sub)

    async def rescope(self, sub: str, scope: str) -> None:
        """Write the user's new scope into their families: the next refresh goes by it.

        A client's tokens say what of its grant the user still has, and never more than that.
        """
        await self._redis.run(
            RESCOPE_FAMILIES, self._index.keys_of(sub), (self._index.record_prefix, scope, FIRST_PARTY)
        )

    async def clear(self) -> int:
        """Every key with this server's prefix: families, indexes and marks."""
        return await self._redis.delete_prefix(self._prefix)

    async def round_trips_us(self, count: int) -> list[float]:
        """PINGs."""
        return await self._redis.round_trips_us(count)

    def _key(self, family: str) -> str:
        return self._index.record_prefix + family

    def _creation(
        self, family: str, secret_hash: bytes, sub: str, scope: str, mark: bytes | str, client_id: str
    ) -> tuple[tuple[str, ...], tuple[Argument, ...]]:
        """KEYS and ARGV of `create_family.lua`."""
        now = int(time.time())
        return (self._key(family), *self._index.keys_of(sub)), (
            family, now + self._absolute_s, now, self._idle_s, mark, secret_hash, sub, scope, self._idle_s,
            client_id,
        )  # fmt: skip
