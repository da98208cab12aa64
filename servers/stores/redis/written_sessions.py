"""Sessions in Redis that every request which reads them writes to, when it is through with them."""

from abc import abstractmethod
from dataclasses import replace

from servers.contract.claims import Claims
from servers.stores.redis.reads import PlainlyReadSessions


class WrittenSessions(PlainlyReadSessions):
    """A `SessionStore` that must be told of a use: `read` does not prolong a session's life, `used` does."""

    @abstractmethod
    async def used(self, key: str, claims: Claims) -> None:
        """Write down that the session was used, and give it another idle period."""


class RewrittenSessions(WrittenSessions):
    """Read by GET, written back by SET. UNSAFE: what was ended or changed between the two is undone.

    Session libraries do this, because the request might have changed something. One that was ended comes
    back whole, but for its entry in the user's index: a logout everywhere does not find it.
    """

    asks = replace(WrittenSessions.asks, read={"get": 1, "set": 1}, read_to_end={"get": 1})

    async def used(self, key: str, claims: Claims) -> None:
        await self._redis.put(self._prefix + key, claims.as_json(), self._idle_s)


class SafelyRewrittenSessions(RewrittenSessions):
    """The same two commands, and what was ended stays so: SET with XX writes only where something is.

    XX cannot tell that what is there was changed meanwhile. So a new scope is not written into sessions: it
    ends them.
    """

    async def used(self, key: str, claims: Claims) -> None:
        await self._redis.execute("SET", self._prefix + key, claims.as_json(), "EX", self._idle_s, "XX")

    async def rescope(self, sub: str, scope: str) -> None:
        """End the user's sessions: the next login has the new scope."""
        await self.end_all(sub)
