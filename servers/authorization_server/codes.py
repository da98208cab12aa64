"""Authorization codes: each for one client, one minute and one use (RFC 6749 section 4.1.2)."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass

from servers.stores.redis.client import RedisStore
from servers.stores.redis.scripts import TAKE_CODE

LIFETIME_S = 60
"""ASVS 5.0 10.4.3 allows ten minutes, one minute at its highest level."""
_REMEMBERED_S = 3600
"""A second use of a code is noticed for so long."""


@dataclass(frozen=True)
class Grant:
    """What a user agreed to. `mark` was taken before the password was verified."""

    client_id: str
    redirect_uri: str
    challenge: str
    sub: str
    scope: str
    mark: str
    """Hexadecimal; empty for None."""


class Codes:
    """Codes in Redis, by the hash of each: nobody who reads the store can use them."""

    def __init__(self, redis: RedisStore, prefix: str) -> None:
        self._redis = redis
        self._prefix = f"{prefix}code:"

    async def new(self, grant: Grant) -> str:
        code = secrets.token_urlsafe(32)
        await self._redis.write(
            "SET", self._key(code), json.dumps({**asdict(grant), "family": ""}), "EX", LIFETIME_S
        )
        return code

    async def take(self, code: str, family: str) -> tuple[Grant | None, str]:
        """Return the grant at the first use; `family` is the login that its tokens will belong to.

        At any later use return no grant and the family of the first use; for an unknown code, neither.
        """
        used, value = await self._redis.run(TAKE_CODE, (self._key(code),), (family, _REMEMBERED_S))
        if not value:
            return None, ""
        if used:
            return None, value.decode()
        kept = json.loads(value)
        kept.pop("family")
        return Grant(**kept), ""

    async def used_again(self, code: str) -> bool:
        value = await self._redis.execute("GET", self._key(code))
        return value is not None and json.loads(value).get("again", False)

    def _key(self, code: str) -> str:
        return self._prefix + hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
