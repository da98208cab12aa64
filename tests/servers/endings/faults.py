"""A store that fails at one chosen call: before it has done what it was asked, or after it."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from servers.contract.errors import StoreUnavailable
from servers.stores.redis.client import RedisStore
from servers.stores.sql.sessions import SqlSessions


class Fault:
    """Counts the calls, and fails the one with this number. `met`: there was such a call."""

    def __init__(self, number: int, done: bool) -> None:
        self._left = number
        self._done = done
        self.met = False

    def _next(self) -> bool:
        self._left -= 1
        self.met = self.met or self._left == -1
        return self._left == -1

    def _failing(self, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            if not self._next():
                return await method(*args, **kwargs)
            if self._done:
                await method(*args, **kwargs)
            raise StoreUnavailable("no answer within 250 ms")

        return call

    @contextlib.contextmanager
    def planted(self) -> Iterator["Fault"]:
        """For as long as this lasts."""
        plain = {name: getattr(RedisStore, name) for name in ("execute", "run", "pipeline")}
        transaction = SqlSessions.transaction

        @contextlib.asynccontextmanager
        async def failing(store: SqlSessions) -> AsyncIterator[Any]:
            fails = self._next()
            if fails and not self._done:
                raise StoreUnavailable("no answer within 250 ms")
            async with transaction(store) as connection:
                yield connection
            if fails:
                raise StoreUnavailable("no answer within 250 ms")

        for name, method in plain.items():
            setattr(RedisStore, name, self._failing(method))
        SqlSessions.transaction = failing  # type: ignore[method-assign,assignment]
        try:
            yield self
        finally:
            for name, method in plain.items():
                setattr(RedisStore, name, method)
            SqlSessions.transaction = transaction  # type: ignore[method-assign]
