"""What all parts of a scheme have in common, and what keeps a record of logins does besides."""

from contextlib import AsyncExitStack
from typing import Protocol, TypeVar

from authbench.contracts.failure import Failure
from servers.contract.claims import Claims
from servers.contract.errors import NotOffered
from servers.contract.scheme import Login, Mark
from servers.contract.settings import ServerSettings
from servers.keys.keys import Keys
from servers.schemes.parts.cards import NOTHING, Declared
from servers.stores.redis.client import RedisStore


class Opened(Protocol):
    """Something that is started, and stopped in the end."""

    async def start(self) -> None:
        """Open it. Failure in one line."""

    async def stop(self) -> None:
        """Close it, also if it could not be opened."""


class Store(Opened, Protocol):
    """What a store of any records can do."""

    @property
    def failures(self) -> int:
        """How often it was unavailable since the start."""

    async def clear(self) -> int:
        """Remove everything of this server; how much that was."""

    async def round_trips_us(self, count: int) -> list[float]:
        """Round trips to it in microseconds; empty where nothing travels."""


class Part:
    """One part of a scheme. Constructing it has no side effects: a scheme is built to read its card."""

    declared: Declared = NOTHING
    """What the part adds to the card."""

    store: Store | None = None
    """What the part keeps its records in, once it is started."""

    def prepare(self, keys: Keys) -> None:
        """Take the keys that all processes of a server share. Called again when they have changed."""

    async def start(self, ending: AsyncExitStack) -> None:
        """Open what the part needs, once in each process, and leave it to `ending` to close it."""


class Logins(Part):
    """Keeps a record of every login. This one keeps none: logins cannot be listed, and nothing ends them."""

    async def mark(self, sub: str) -> Mark:
        """What a login must present to be recorded: it is another one when all logins of the user ended."""
        return None

    async def of_user(self, own: Claims) -> list[Login]:
        """The live logins of the subject of these claims."""
        raise NotOffered

    async def end_one(self, sub: str, handle: str) -> bool:
        """End the user's login with this handle; whether there was one."""
        raise NotOffered

    async def end_all(self, sub: str) -> None:
        """End the user's logins, and those under way."""

    async def rescope(self, sub: str, scope: str) -> None:
        """Write a new scope into the user's logins."""


_Opened = TypeVar("_Opened", bound=Opened)


async def opened(ending: AsyncExitStack, made: _Opened) -> _Opened:
    """Start it, and have `ending` stop it."""
    ending.push_async_callback(made.stop)
    await made.start()
    return made


def redis_of(settings: ServerSettings) -> RedisStore:
    """The Redis that the settings name. Failure if they name none."""
    if settings.redis_url is None:
        raise Failure(f"{settings.scheme} needs a Redis: give --redis-url")
    return RedisStore(
        settings.redis_url,
        settings.store_deadline_ms / 1000,
        settings.store_connections,
        settings.redis_wait_replicas,
    )
