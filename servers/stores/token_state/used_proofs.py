"""DPoP proofs that have been used, in Redis: each is good once, whichever process it reaches."""

from servers.stores.redis.client import RedisStore
from servers.stores.redis.kept import KeptInRedis
from servers.stores.redis.needs import Needs


class UsedProofs(KeptInRedis):
    """RFC 9449 section 11.1. A proof is kept until it is too old to be accepted anyway.

    Everything but `failures` may raise `StoreUnavailable`: a proof nobody can vouch for is not accepted.
    """

    def __init__(self, redis: RedisStore, prefix: str, good_s: int, warm: int) -> None:
        """`good_s`: for how many whole seconds a proof can be accepted, by our clock."""
        super().__init__(redis, prefix, warm)
        # A second for the fraction which `iat` does not have.
        self._kept_s = good_s + 1

    @property
    def needs(self) -> Needs:
        return Needs(self._prefix, ("SET",))

    async def use(self, thumbprint: str, jti: str) -> bool:
        """Use the proof up; False if it was used before. One command: of many callers one wins."""
        key = f"{self._prefix}proof:{thumbprint}:{jti}"
        return await self._redis.write("SET", key, "1", "NX", "EX", self._kept_s) is not None
