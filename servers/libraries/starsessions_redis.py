"""starsessions with its Redis store, as its README shows it."""

from contextlib import AsyncExitStack

from starlette.requests import Request
from starlette.types import ASGIApp

from authbench.contracts.card import PROTECTED, Card, Operation, StoreEmptied
from servers.contract.settings import ServerSettings
from servers.libraries.parts.cookie_sessions import LibrarySessions
from servers.libraries.parts.lending_store import lending_store


class StarsessionsRedis(LibrarySessions):
    """GET when the handler loads the session, SET of all of it before the answer. UNSAFE at logout.

    A login keeps the id that the client brought along, known or not: the README says nothing of another one.
    """

    name = "starsessions-redis"
    distribution = "starsessions"
    shape = "Redis store: GET and SET per read; a request in flight undoes a logout."
    reason = (
        "Handlers change the session as they like. A request that read the session before a logout writes "
        "it back afterwards. A login under an id that somebody planted keeps that id."
    )

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._ending = AsyncExitStack()

    @property
    def card(self) -> Card:
        window_s = self.settings.session_absolute_s
        return Card(
            name=self.name,
            summary=f"{self.library}, {self.shape}",
            authenticates=True,
            carrier="cookie",
            travels="a random 128-bit session id, 32 characters",
            store="redis",
            store_commands={
                Operation.PUBLIC: {},
                **{operation: {"get": 1, "set": 1} for operation in PROTECTED},
                Operation.LOGIN: {"set": 1},
                Operation.LOGOUT: {"get": 1, "del": 1},
            },
            logout_ends_credential=True,
            revocation_window_s=window_s,
            role_change_window_s=window_s,
            disabled_window_s=window_s,
            revived_by_requests_in_flight=True,
            # Not declared: then the library answers 500, also where the application answers 503. Its
            # middleware asks a session that could not be loaded whether it is empty.
            store_loss=None,
            store_emptied=StoreEmptied.LOGGED_OUT,
            used_by="applications on Starlette and FastAPI that keep sessions on the server.",
            reason=self.reason,
            loopback_only=True,
        )

    @property
    def store_failures(self) -> int:
        return self._store.failures

    async def start(self) -> None:
        """Connect. Failure in one line without the library or the Redis."""
        self._starsessions = self.part("starsessions")
        stores = self.part("starsessions.stores.redis")
        self._store = lending_store(self.settings)
        self._ending.push_async_callback(self._store.stop)
        await self._store.start_for(self.settings, "GET", "SET", "DEL")
        prefix = self.settings.redis_key_prefix
        self._sessions = stores.RedisStore(connection=self._store.lent, prefix=prefix)

    async def stop(self) -> None:
        await self._ending.aclose()

    def middleware(self, app: ASGIApp, lifetime_s: int) -> ASGIApp:
        made: ASGIApp = self._starsessions.SessionMiddleware(
            app,
            store=self._sessions,
            lifetime=lifetime_s,
            cookie_name=self.cookie_name,
            cookie_https_only=self.settings.https,
        )
        return made

    async def load(self, request: Request) -> None:
        await self._starsessions.load_session(request)

    async def delete_keys(self) -> int:
        return await self._store.delete_prefix(self.settings.redis_key_prefix)

    async def ping_store(self, count: int) -> list[float]:
        return await self._store.round_trips_us(count)
