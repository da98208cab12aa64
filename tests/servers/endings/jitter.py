"""Order of execution left to chance: what races waits a moment before and after it asks a store."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

from servers.database.engine import Database
from servers.stores.redis.client import RedisStore

_T = TypeVar("_T")
_LONGEST_S = 0.003
_racing: ContextVar[random.Random | None] = ContextVar("racing", default=None)


async def _moment(chance: random.Random) -> None:
    await asyncio.sleep(chance.choice((0.0, chance.random() * _LONGEST_S)))


async def racing(chance: random.Random, work: Awaitable[_T], late: bool) -> _T:
    """Do this with moments in between; one that is late begins after a moment."""
    _racing.set(chance)
    if late:
        await _moment(chance)
    return await work


def _jittered(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        chance = _racing.get()
        if chance is None:
            return await method(*args, **kwargs)
        await _moment(chance)
        result = await method(*args, **kwargs)
        await _moment(chance)
        return result

    return call


@contextlib.contextmanager
def jitter() -> Iterator[None]:
    """For as long as this lasts, stores of whatever is `racing` answer when they please."""
    names = ("execute", "run", "pipeline")
    plain = {name: getattr(RedisStore, name) for name in names}
    transaction = Database.transaction

    @contextlib.asynccontextmanager
    async def delayed(self: Database) -> AsyncIterator[Any]:
        chance = _racing.get()
        if chance is not None:
            await _moment(chance)
        async with transaction(self) as connection:
            yield connection
        if chance is not None:
            await _moment(chance)

    for name, method in plain.items():
        setattr(RedisStore, name, _jittered(method))
    Database.transaction = delayed  # type: ignore[method-assign]
    try:
        yield
    finally:
        for name, method in plain.items():
            setattr(RedisStore, name, method)
        Database.transaction = transaction  # type: ignore[method-assign]
