"""Logins that a store keeps, whatever carries their secret: a cookie or a bearer token."""

from abc import abstractmethod

from starlette.requests import Request

from servers.contract.claims import Claims, Identity
from servers.contract.scheme import Login, Mark, Offer, Scheme
from servers.contract.settings import ServerSettings
from servers.stores.sessions import SessionStore


class StoredLogins(Scheme):
    """Everything that only needs the store and to know which login a request presents."""

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._opened: SessionStore | None = None

    @abstractmethod
    def open_store(self) -> SessionStore:
        """The store, not started yet. Failure if the settings do not name one."""

    @abstractmethod
    async def _presented(self, request: Request) -> tuple[str, Claims]:
        """The key of the login a request presents, and its claims. `Unauthenticated` if there is none."""

    @property
    def offers(self) -> frozenset[Offer]:
        """Nothing to refresh: the store can end a login at any time, so it may live long."""
        return super().offers | {Offer.LOGOUT_EVERYWHERE, Offer.SESSIONS}

    @property
    def store_failures(self) -> int:
        """How often the store was unavailable since the start."""
        return self._opened.failures if self._opened else 0

    @property
    def _store(self) -> SessionStore:
        assert self._opened is not None, "start() was not called"  # noqa: S101
        return self._opened

    async def start(self) -> None:
        """Open the store."""
        await super().start()
        self._opened = self.open_store()
        await self._opened.start()

    async def stop(self) -> None:
        """Close the store."""
        if self._opened is not None:
            await self._opened.stop()
        await super().stop()

    async def before_login(self, username: str) -> Mark:
        """The user's mark in the store."""
        return await self._store.mark(username)

    async def authenticate(self, request: Request) -> Identity:
        """The subject of the login presented."""
        _, claims = await self._presented(request)
        return claims.identity()

    async def logins(self, request: Request) -> list[Login]:
        """The logins of the presented one's user, by their jti."""
        _, own = await self._presented(request)
        found = await self._store.of_user(own.sub)
        return [Login(item.jti, item.iat, item.exp, item.jti == own.jti) for item in found]

    async def revoke_login(self, request: Request, handle: str) -> bool:
        """Delete the login with that jti."""
        _, claims = await self._presented(request)
        return await self._store.end_one(claims.sub, handle)

    async def role_changed(self, username: str, scope: str) -> None:
        """Write the new scope into the user's logins: in force as soon as it is read."""
        await self._store.rescope(username, scope)

    async def end_all(self, username: str) -> None:
        """Delete all logins of the user."""
        await self._store.end_all(username)

    async def delete_keys(self) -> int:
        """Remove everything of this server from the store."""
        return await self._store.clear()

    async def ping_store(self, count: int) -> list[float]:
        """Round trips to the store in microseconds."""
        return await self._store.round_trips_us(count)

    def store_memory_bytes(self) -> int | None:
        """Of the store, if it is in this process."""
        return self._store.memory_bytes()
