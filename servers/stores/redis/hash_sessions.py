"""Sessions in Redis as hashes, read and written as Spring Session's RedisSessionRepository does.

Fields: `claims` in JSON, `created` and `accessed` in Unix milliseconds.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from servers.contract.claims import Claims
from servers.stores.redis.scripts import CREATE_HASH, END_HASH, REPLACE_HASHES, RESCOPE_HASHES
from servers.stores.redis.sessions import BULK
from servers.stores.redis.written_sessions import WrittenSessions


class HashSessions(WrittenSessions):
    """One command to read and three when the request is through with the session.

    Between EXISTS and HSET the session may end. What HSET then leaves is a time of last use without claims:
    it lets nobody in, and PEXPIREAT sees to it that it goes.
    """

    asks = replace(
        WrittenSessions.asks,
        read={"hgetall": 1, "exists": 1, "hset": 1, "pexpireat": 1},
        read_to_end={"hgetall": 1},
        # A session is made by HSET and EXPIRE; the SET that is left is the mark's.
        login={**WrittenSessions.asks.login, "set": 1, "hset": 1, "expire": 1},
        end={"evalsha": 1, "hget": 1, "del": 1, "zrem": 1},
    )
    commands = (*WrittenSessions.commands, "HGETALL", "HGET", "HSET", "EXISTS", "EXPIRE", "PEXPIREAT")
    create_script = CREATE_HASH
    end_script = END_HASH
    replace_script = REPLACE_HASHES
    rescope_script = RESCOPE_HASHES

    async def _get(self, key: str, idle_s: int) -> bytes | None:
        """HGETALL: every field travels, the claims are of use here. Empty where there are none."""
        fields: Any = await self._redis.execute("HGETALL", key)
        return fields.get(b"claims", b"") if fields else None

    async def used(self, key: str, claims: Claims) -> None:
        """EXISTS, HSET, PEXPIREAT, one after another. Only the time is written, so nothing else is undone."""
        name = self._prefix + key
        if not await self._redis.execute("EXISTS", name):
            return
        now_ms = time.time_ns() // 1_000_000
        await self._redis.execute("HSET", name, "accessed", now_ms)
        await self._redis.execute("PEXPIREAT", name, now_ms + self._idle_s * 1000)

    async def _values(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        return await self._redis.pipeline(*(("HGET", key, "claims") for key in keys))

    async def _put_expired(self, sessions: Sequence[tuple[str, Claims]]) -> None:
        for start in range(0, len(sessions), BULK):
            await self._redis.pipeline(
                *(
                    command
                    for key, item in sessions[start : start + BULK]
                    for command in (
                        ("HSET", self._prefix + key, "claims", item.as_json()),
                        ("EXPIRE", self._prefix + key, self._idle_s),
                    )
                )
            )
