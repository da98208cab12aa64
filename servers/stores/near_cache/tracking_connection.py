"""One RESP3 connection to Redis that reads keys and is told when one of them changes (CLIENT TRACKING).

Values and invalidations come over the same connection, in the order in which Redis dealt with them: what was
read before a change arrives before the news of it. With CLIENT TRACKING ... REDIRECT, the way of RESP2, reads
have other connections: nothing orders the two, and when one of those is lost Redis forgets what was read over
it and tells nobody.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import hiredis

from servers.stores.redis.pipelined import PipelinedConnection

Invalidated = Callable[[list[str] | None], None]
"""Told the keys that changed; None: all of them may have (FLUSHALL)."""


class TrackingConnection(PipelinedConnection):
    """What is pushed stands between the replies.

    The first command to miss its deadline ends the connection: from then on nobody knows whether
    invalidations still arrive. `lost` is called in that very step, so that nothing kept by its word is used
    afterwards.
    """

    def __init__(self, deadline_s: float, invalidated: Invalidated, lost: Callable[[], None]) -> None:
        super().__init__(deadline_s, lost)
        self._invalidated = invalidated

    async def set_up(self, username: str, password: str | None, database: int) -> None:
        """Log in, choose the database, begin to track. `StoreUnavailable` if Redis refuses any of it."""
        credentials = () if password is None else ("AUTH", username, password)
        await self.ask("HELLO", "3", *credentials)
        if database:
            await self.ask("SELECT", str(database))
        await self.ask("CLIENT", "TRACKING", "ON")

    def ask(self, *command: str) -> "asyncio.Future[Any]":
        """Send a command; the future ends with its reply or with `StoreUnavailable`."""
        # Its stub means a tuple of one.
        return self.send(hiredis.pack_command(command))  # type: ignore[arg-type]

    def _received(self, reply: object) -> None:
        if not isinstance(reply, hiredis.PushNotification):
            super()._received(reply)
        elif len(reply) == 2 and reply[0] == b"invalidate":
            keys = reply[1]
            self._invalidated(None if keys is None else [key.decode() for key in keys])
