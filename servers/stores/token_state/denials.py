"""What a script that ends logins must know to deny their tokens in the same step."""

import time
from dataclasses import dataclass

from servers.stores.redis.client import Argument


@dataclass(frozen=True, slots=True)
class Denials:
    """Where denials are written, for how many seconds, and on which channel that is said."""

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
