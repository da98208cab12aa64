"""What was denied before it expired: tokens by their jti, logins by their family. In Redis, until then.

Never by the text of a token: one token can be spelled in several ways (padding, the second ECDSA signature),
and a list of texts knows one of them. A login is denied by the script that ends it, in the same step: no
failure leaves one done and the other not.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from servers.stores.redis.client import Argument, RedisStore
from servers.stores.redis.needs import Needs
from servers.stores.redis.scripts import DENY

_MARGIN_S = 60
"""A denial outlives the tokens it is for by as much as issuing one may take, and clocks may differ."""


@dataclass(frozen=True, slots=True)
class Denials:
    """What a script that ends logins must know to deny their tokens in the same step.

    Where denials are written, for how many seconds, and on which channel that is said.
    """

    prefix: str
    lifetime_s: int
    channel: str = ""
    """Empty: nobody listens."""

    def arguments(self) -> tuple[Argument, ...]:
        """As `deny` in `lua/index.lua` takes them: prefix, until when in Unix seconds, lifetime, channel.

        Nothing that is denied now can be alive any more by then.
        """
        return self.prefix, int(time.time()) + self.lifetime_s, self.lifetime_s, self.channel


NOBODY_DENIES: tuple[Argument, ...] = ("", 0, 0, "")
"""The same where there is no list."""


def denials(prefix: str, token_lifetime_s: int) -> Denials:
    """Those of the server whose keys begin with `prefix`: each alive for as long as a token can be."""
    return Denials(f"{prefix}denied:", token_lifetime_s + _MARGIN_S)


class Denylist:
    """Denials of one server. `StoreUnavailable` from every call."""

    commands: ClassVar[tuple[str, ...]] = ("EXISTS",)
    """What is sent, the script and what it calls apart."""

    def __init__(self, redis: RedisStore, denials: Denials) -> None:
        self._redis = redis
        self._denials = denials

    async def start(self) -> None:
        """Load what is needed. Failure in one line if it cannot be had."""
        await self._redis.require(Needs(self._denials.prefix, self.commands, (DENY,)))

    async def stop(self) -> None:
        """Nothing to close: the connections are those of the refresh tokens."""

    async def deny(self, token: str) -> None:
        """Refuse the token with this jti: one script."""
        await self._redis.run(DENY, (), (*self._denials.arguments(), token))
        self.note([token])

    def note(self, names: Sequence[str]) -> None:
        """Take note of what this process has just denied in Redis."""

    async def is_denied(self, names: Sequence[str]) -> bool:
        """Whether one of them is denied: one EXISTS."""
        return bool(await self._redis.execute("EXISTS", *(self._denials.prefix + name for name in names)))
