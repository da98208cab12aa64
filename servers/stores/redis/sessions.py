"""Sessions in Redis: one GETEX for a read, one script for whatever must happen in one step.

Nothing on the read path writes a value, so a logout is final for requests in flight too: the write-back
that resurrects sessions elsewhere cannot happen.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from servers.contract.claims import Claims
from servers.contract.scheme import Mark
from servers.stores.redis.client import RedisStore
from servers.stores.redis.index import HARNESS_MARK, RedisIndex
from servers.stores.redis.kept import KeptInRedis
from servers.stores.redis.needs import Needs
from servers.stores.redis.scripts import (
    CREATE_SESSION,
    END_ALL,
    END_ONE,
    END_SESSION,
    REPLACE_SESSIONS,
    RESCOPE_SESSIONS,
    Script,
)
from servers.stores.sessions import Asks, SessionStore

BULK = 500
"""Sessions asked for in one round trip."""

GetAndTouch = Callable[[str, int], Awaitable[bytes | None]]


class RedisSessions(KeptInRedis, SessionStore):
    """A `SessionStore`. `get_and_touch` may be another client's than the one for everything else."""

    asks: ClassVar[Asks] = Asks(
        read={"getex": 1},
        # Besides creating it: the mark, SET and GETEX.
        login={
            "evalsha": 1, "get": 1, "zremrangebyscore": 1, "zadd": 1, "zrange": 1, "expireat": 1, "set": 2,
            "getex": 1,
        },
        end={"evalsha": 1, "getdel": 1, "zrem": 1},
        end_all={"evalsha": 1, "zrange": 1, "del": 1},
    )  # fmt: skip
    commands: ClassVar[tuple[str, ...]] = ("SET", "GET", "GETEX", "MGET", "ZRANGEBYSCORE")
    """What is sent, scripts and what they call apart."""
    create_script: ClassVar[Script] = CREATE_SESSION
    end_script: ClassVar[Script] = END_SESSION
    replace_script: ClassVar[Script] = REPLACE_SESSIONS
    rescope_script: ClassVar[Script] = RESCOPE_SESSIONS

    def __init__(
        self, redis: RedisStore, prefix: str, idle_s: int, warm: int, get_and_touch: GetAndTouch | None = None
    ) -> None:
        super().__init__(redis, prefix, warm)
        self._idle_s = idle_s
        self._index = RedisIndex(redis, prefix, prefix, "sessions")
        self._get_and_touch = get_and_touch or redis.get_and_touch

    @property
    def needs(self) -> Needs:
        own = (self.create_script, self.end_script, self.replace_script, self.rescope_script)
        return Needs(self._prefix, self.commands, (*own, END_ALL, END_ONE))

    async def read(self, key: str) -> Claims | None:
        """One GETEX. A value that cannot be used is removed."""
        value = await self._get_and_touch(self._prefix + key, self._idle_s)
        if value is None:
            return None
        claims = parse(value)
        if claims is None or claims.exp <= time.time():
            # GETEX has just given it another idle period: it ends here.
            await self.end([key])
            return None
        return claims

    async def mark(self, sub: str) -> Mark:
        return await self._index.mark(sub)

    async def create(self, key: str, claims: Claims, mark: Mark) -> bool:
        if mark is None:
            return False
        keys, arguments = self._creation(key, claims, mark, self._idle_s)
        return bool(await self._redis.run(self.create_script, keys, arguments))

    async def create_many(self, sessions: Sequence[tuple[str, Claims]]) -> None:
        """The same script many times; expired ones are there for an idle period and in no index."""
        now = int(time.time())
        live = [item for item in sessions if item[1].exp > now]
        await self._redis.run_many(
            self.create_script,
            [self._creation(key, item, HARNESS_MARK, item.exp - now) for key, item in live],
        )
        await self._put_expired([item for item in sessions if item[1].exp <= now])

    async def _put_expired(self, sessions: Sequence[tuple[str, Claims]]) -> None:
        await self._redis.put_many(
            (self._prefix + key, item.as_json(), self._idle_s) for key, item in sessions
        )

    async def end(self, keys: Sequence[str]) -> None:
        await self._redis.run(
            self.end_script, [self._prefix + key for key in keys], (self._prefix, self._index.prefix)
        )

    async def of_user(self, sub: str) -> list[Claims]:
        """The index, then the sessions in one round trip."""
        members = await self._index.members(sub, int(time.time()))
        found = []
        for start in range(0, len(members), BULK):
            keys = [self._prefix + item.rpartition(":")[2] for item in members[start : start + BULK]]
            values = await self._values(keys)
            found += [claims for value in values if value and (claims := parse(value))]
        return found

    async def _values(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        values: list[bytes | None] = await self._redis.execute("MGET", *keys)
        return values

    async def end_one(self, sub: str, jti: str) -> bool:
        return await self._index.end_one(sub, jti)

    async def end_all(self, sub: str) -> None:
        await self._index.end_all(sub)

    async def replace_all(self, presented: str, key: str, claims: Claims) -> Claims | None:
        (successor, *of_user), arguments = self._creation(key, claims, HARNESS_MARK, self._idle_s)
        scope: bytes | None = await self._redis.run(
            self.replace_script, (successor, *of_user, self._prefix + presented), (*arguments, self._prefix)
        )
        return None if scope is None else replace(claims, scope=scope.decode())

    async def rescope(self, sub: str, scope: str) -> None:
        await self._index.rescope(self.rescope_script, sub, scope)

    def _creation(
        self, key: str, claims: Claims, mark: bytes | str, lifetime_s: int
    ) -> tuple[tuple[str, ...], tuple[str | int | bytes, ...]]:
        """KEYS and ARGV of `create_session.lua`."""
        keys = (self._prefix + key, *self._index.keys_of(claims.sub))
        now = int(time.time())
        margin_s = self._idle_s
        return keys, (
            claims.as_json(), lifetime_s, _member(key, claims), claims.exp, now, margin_s, mark,
        )  # fmt: skip


def parse(value: bytes) -> Claims | None:
    """The claims of a stored value; None if it cannot be used."""
    try:
        return Claims.parse_json(value)
    except ValueError:
        return None


def _member(key: str, claims: Claims) -> str:
    return f"{claims.jti}:{key}"
