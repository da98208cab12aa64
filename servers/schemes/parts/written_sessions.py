"""Sessions that every request which reads them writes to, before its answer leaves."""

from functools import partial

from starlette.requests import Request

from servers.answers.layers import defer, drop_deferred
from servers.contract.claims import Claims
from servers.schemes.parts.credentials import Stored
from servers.stores.redis.written_sessions import WrittenSessions


class WrittenSession(Stored):
    """A session in a store that is told of its use when the handler has done all that it does.

    A request that itself ends sessions writes nothing, also after a failure: the store may have done what it
    did not answer. That is all a library knows of: what other requests do meanwhile is up to the store.
    The scheme's `layer` must be `DeferredWork`.
    """

    async def use(self, request: Request) -> Claims:
        key, claims = await self.found(request)
        store = self.store
        assert isinstance(store, WrittenSessions)  # noqa: S101 - the recipe opens no other
        defer(request, key, partial(store.used, key, claims))
        return claims

    async def replace(self, request: Request, claims: Claims) -> tuple[str, Claims] | None:
        drop_deferred(request)
        return await super().replace(request, claims)
