"""DPoP proofs that have been used, in Redis: each is good once, whichever process it reaches."""

from servers.stores.redis.client import RedisStore
from servers.stores.redis.needs import Needs


class UsedProofs:
    """RFC 9449 section 11.1. A proof is kept until it is too old to be accepted anyway.

    Everything but `failures` may raise `StoreUnavailable`: a proof nobody can vouch for is not accepted.
    """

    def __init__(self, redis: RedisStore, prefix: str, good_s: int, warm: int) -> None:
        """`good_s`: for how many whole seconds a proof can be accepted, by our clock."""
        self._redis = redis
        self._prefix = prefix
        self._warm = warm
        # A second for the fraction which `iat` does not have.
        self._kept_s = good_s + 1

    @property
    def failures(self) -> int:
        """How often Redis was unavailable since the start."""
        return self._redis.failures

    async def start(self) -> None:
        """Open connections. Failure in one line if the store cannot be reached."""
        await self._redis.start(self._warm, Needs(self._prefix, ("SET",)))

    async def stop(self) -> None:
        """Close them."""
        await self._redis.stop()

    async def use(self, thumbprint: str, jti: str) -> bool:
        """Use the proof up; False if it was used before. One command: of many callers one wins."""
        key = f"{self._prefix}proof:{thumbprint}:{jti}"
        return await self._redis.execute("SET", key, "1", "NX", "EX", self._kept_s) is not None

    async def clear(self) -> int:
        """Remove everything of this server; how much that was."""
        return await self._redis.delete_prefix(self._prefix)

    async def round_trips_us(self, count: int) -> list[float]:
        """Of so many PINGs over one connection, in microseconds."""
        return await self._redis.round_trips_us(count)
