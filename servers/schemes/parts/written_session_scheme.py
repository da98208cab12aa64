"""What schemes share that write to a session at the end of each request which read it."""

from functools import partial
from typing import ClassVar

from starlette.requests import Request

from servers.answers.layers import DeferredWork, defer, drop_deferred
from servers.contract.claims import Claims
from servers.contract.scheme import Account, Issued
from servers.schemes.session_redis import RedisSessionScheme
from servers.stores.redis.written_sessions import WrittenSessions


class WrittenSessionScheme(RedisSessionScheme):
    """`session-redis` with GET, and a write before the answer leaves: after all that the handler does.

    A request that itself ends sessions writes nothing afterwards. That is all a library knows of: what other
    requests do meanwhile is up to the store.
    """

    layer = DeferredWork
    sessions: ClassVar[type[WrittenSessions]]

    @property
    def _written(self) -> WrittenSessions:
        store = self._store
        assert isinstance(store, WrittenSessions)  # noqa: S101 - as `sessions` says
        return store

    async def _presented(self, request: Request) -> tuple[str, Claims]:
        key, claims = await super()._presented(request)
        defer(request, key, partial(self._written.used, key, claims))
        return key, claims

    # Also after a failure nothing is written: the store may have done what it did not answer.

    async def revoke_everywhere(self, request: Request) -> Issued:
        """Delete all sessions of the presented one's user, and write to none."""
        try:
            return await super().revoke_everywhere(request)
        finally:
            drop_deferred(request)

    async def revoke_login(self, request: Request, handle: str) -> bool:
        """Delete the session with that jti, and write to none: it may be the presented one."""
        try:
            return await super().revoke_login(request, handle)
        finally:
            drop_deferred(request)

    async def password_changed(self, request: Request, account: Account) -> Issued:
        """Delete all sessions of the user, and do not write to the presented one."""
        try:
            return await super().password_changed(request, account)
        finally:
            drop_deferred(request)
