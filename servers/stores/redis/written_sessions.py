"""Sessions in Redis that are written to by every request which reads them, when it is through with them."""

from abc import abstractmethod

from servers.contract.claims import Claims
from servers.stores.redis.plainly_read_sessions import PlainlyReadSessions


class WrittenSessions(PlainlyReadSessions):
    """A `SessionStore` that must be told of a use: `read` does not prolong a session's life, `used` does."""

    @abstractmethod
    async def used(self, key: str, claims: Claims) -> None:
        """Write down that the session was used, and give it another idle period."""
