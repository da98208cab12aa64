"""A deny list of which every process has a copy: news come by subscription, and a heartbeat proves it.

Subscribe first, then read what is there: what is denied in between comes twice, and nothing is missed. After
every interruption the same again. While the news are not proven to arrive, Redis is asked for each token.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from redis.exceptions import RedisError

from servers.stores.background import end_task
from servers.stores.redis.client import RedisStore
from servers.stores.token_state.denylist import Denials, Denylist

_RETRY_S = 0.1
_SCAN = 1000
_SWEEP_S = 60.0


class LocalDenylist(Denylist):
    """A denial is known to other processes within one heartbeat and the store's deadline, or they ask."""

    commands = (*Denylist.commands, "PUBLISH")

    def __init__(
        self,
        redis: RedisStore,
        denials: Denials,
        heartbeat_s: float,
        deadline_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(redis, denials)
        self._heartbeat_s = heartbeat_s
        self._deadline_s = deadline_s
        self._clock = clock
        self._trusted_until = float("-inf")
        self._denied: dict[str, int] = {}
        self._subscriber = redis.apart()
        self._listening: asyncio.Task[None] | None = None
        self._swept_s = clock()

    @property
    def trusted(self) -> bool:
        """Whether every denial older than a heartbeat and its deadline is known here."""
        return self._clock() < self._trusted_until

    async def start(self) -> None:
        """Subscribe and read what is there; then listen until `stop`."""
        await super().start()
        ready = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(ready))
        with contextlib.suppress(TimeoutError):  # until then every token is asked for
            await asyncio.wait_for(ready.wait(), self._deadline_s)

    async def stop(self) -> None:
        await end_task(self._listening)
        await self._subscriber.aclose()

    def note(self, names: Sequence[str]) -> None:
        """Known here at once; the script that denied them has told the others."""
        _, until, *_ = self._denials.arguments()
        self._denied.update((name, int(until)) for name in names)

    async def is_denied(self, names: Sequence[str]) -> bool:
        """Whether one of them is in the copy, whatever Redis says, which may have lost it. What is not in a
        copy that cannot be trusted is asked of Redis.
        """
        if any(name in self._denied for name in names):
            return True
        return not self.trusted and await super().is_denied(names)

    async def _listen(self, ready: asyncio.Event) -> None:
        while True:
            with contextlib.suppress(RedisError, OSError):
                async with self._subscriber.pubsub() as subscription:
                    await subscription.subscribe(self._denials.channel)
                    await self._read_snapshot()
                    await self._follow(subscription, ready)
            self._trusted_until = float("-inf")
            await asyncio.sleep(_RETRY_S)

    async def _follow(self, subscription: Any, ready: asyncio.Event) -> None:
        """Take news and prove that they arrive, until the connection fails.

        Everything Redis said before its answer to a PING has arrived with that answer, so the copy may be
        trusted until a heartbeat and a deadline after the PING was sent.
        """
        while True:
            sent = self._clock()
            await subscription.ping()
            while (message := await self._next(subscription, sent + self._deadline_s)) is not None:
                if message["type"] == "pong":
                    break
                self._take(message)
            else:
                raise TimeoutError
            self._trusted_until = sent + self._heartbeat_s + self._deadline_s
            ready.set()
            self._sweep()
            while (message := await self._next(subscription, sent + self._heartbeat_s)) is not None:
                self._take(message)

    async def _next(self, subscription: Any, until: float) -> Any:
        """The next message; None if there is none until then."""
        while (left := until - self._clock()) > 0:
            message = await subscription.get_message(timeout=left)
            if message is not None:
                return message
        return None

    def _take(self, message: Any) -> None:
        if message["type"] == "message":
            until, *names = message["data"].decode().split(" ")
            self._denied.update((name, int(until)) for name in names)

    async def _read_snapshot(self) -> None:
        cursor, prefix = 0, self._denials.prefix
        while True:
            cursor, found = await self._subscriber.scan(cursor, match=f"{_literal(prefix)}*", count=_SCAN)
            keys = [key if isinstance(key, bytes) else key.encode() for key in found]
            if keys:
                values = await self._subscriber.mget(keys)
                self._denied.update(
                    (key.decode()[len(prefix) :], int(value))
                    for key, value in zip(keys, values, strict=True)
                    if value is not None
                )
            if cursor == 0:
                return

    def _sweep(self) -> None:
        """Forget, now and then, what can only be about dead tokens: so the copy is as large as the list."""
        if self._clock() - self._swept_s < _SWEEP_S:
            return
        self._swept_s = self._clock()
        now = time.time()
        self._denied = {name: until for name, until in self._denied.items() if until > now}


def _literal(text: str) -> str:
    """As a pattern that matches only itself."""
    return "".join(f"\\{letter}" if letter in "*?[]\\^-" else letter for letter in text)
