"""What was denied before it expired: tokens by their jti, logins by their family. In Redis, until then.

Never by the text of a token: one token can be spelled in several ways (padding, the second ECDSA signature),
and a list of texts knows one of them.
"""

import time
from collections.abc import Sequence
from typing import ClassVar

from servers.stores.needs import Needs
from servers.stores.redis import RedisStore
from servers.stores.redis_index import RedisIndex
from servers.stores.scripts import DENY_ALL

_MARGIN_S = 60
"""A denial outlives the tokens it is for by as much as issuing one may take, and clocks may differ."""


class Denylist:
    """Denials of one server, each alive for as long as a token can be. `StoreUnavailable` from every call."""

    commands: ClassVar[tuple[str, ...]] = ("SET", "EXISTS")
    """What is sent, the script and what it calls apart."""

    def __init__(self, redis: RedisStore, prefix: str, token_lifetime_s: int) -> None:
        self._redis = redis
        self.prefix = f"{prefix}denied:"
        self._lifetime_s = token_lifetime_s + _MARGIN_S

    async def start(self) -> None:
        """Load what is needed. Failure in one line if it cannot be had."""
        await self._redis.require(Needs(self.prefix, self.commands, (DENY_ALL,)))

    async def stop(self) -> None:
        """Nothing to close: the connections are those of the refresh tokens."""

    async def deny(self, name: str) -> None:
        """Refuse the token with this jti, or every token of this login: one SET."""
        await self._redis.execute("SET", self.prefix + name, self._until(), "EX", self._lifetime_s)

    async def deny_all(self, index: RedisIndex, sub: str) -> list[str]:
        """End every login of the user and refuse their tokens, in one step; which those were."""
        denied = await self._redis.run(
            DENY_ALL,
            index.keys_of(sub),
            (index.record_prefix, self.prefix, self._until(), self._lifetime_s),
        )
        return [name.decode() for name in denied]

    async def is_denied(self, names: Sequence[str]) -> bool:
        """Whether one of them is denied: one EXISTS."""
        return bool(await self._redis.execute("EXISTS", *(self.prefix + name for name in names)))

    def _until(self) -> int:
        """When nothing that is denied now can be alive any more, in Unix seconds."""
        return int(time.time()) + self._lifetime_s
