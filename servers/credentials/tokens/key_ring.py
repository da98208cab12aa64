"""The keys of an asymmetric token scheme: one signs, the others verify.

A newer one is published first and signs later, when nobody's copy of our public keys can lack it
(`servers.keys.keys.PUBLISHED_FIRST_S`). An older one verifies until its last token is dead, and nothing that
expires later: whoever has got hold of it can sign for no longer than that.

A token names its key by `kid`, the key's thumbprint (RFC 7638). Which key verifies is looked up by the whole
header of the token as it is spelled: we write it ourselves, so nothing in it has to be interpreted. Only a
header spelled otherwise is parsed, and then nothing but its `kid` is asked. No key is ever fetched from
anywhere (RFC 8725 section 3.10).
"""

import math
import time
from collections.abc import Sequence
from typing import Any

import jwt

from servers.contract.claims import Claims
from servers.credentials.tokens.codec import PyJwtCodec
from servers.keys.keys import CLOCKS_APART_S, Clock, Timed, signing_place


class KeyRing:
    """A `TokenCodec` whose keys can be replaced while it is used.

    `keys` are codecs, which know their `kid` and their public key: the oldest first, at least one.
    `lifetime_s` is how long a token lives at most.
    """

    def __init__(self, keys: Sequence[Timed[PyJwtCodec]], lifetime_s: int, clock: Clock = time.time) -> None:
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._last_expiry: dict[str, int] = {}
        """By `kid`, of the tokens signed here."""
        self.use(keys)

    @property
    def crypto(self) -> dict[str, str | int]:
        """Of the key that signs."""
        return self._current.crypto

    def use(self, keys: Sequence[Timed[PyJwtCodec]]) -> None:
        """Go by these keys from now on; what a key signed that is not among them is refused."""
        self._keys = list(keys)
        self._settle(self._clock())

    def encode(self, claims: Claims) -> str:
        now = self._clock()
        if now >= self._settled_until:
            self._settle(now)
        kid = self._current.kid
        # Some live longer than a login's: those that the harness seeds.
        self._last_expiry[kid] = max(self._last_expiry.get(kid, 0), claims.exp)
        return self._current.encode(claims)

    def decode(self, token: str) -> Claims:
        """The verified claims. ValueError for a token of an unknown or a dead key, and all other bad ones."""
        codec = self._by_header.get(token.partition(".")[0]) or self._named(token)
        claims = codec.decode(token)
        if codec is not self._current and claims.exp > self._dead_from.get(codec.kid, math.inf):
            raise ValueError("it would outlive its key, so it was not made while the key signed")
        return claims

    def jwks(self) -> dict[str, Any]:
        """The public keys whose tokens may be alive or will be made, the one that signs first, the others by
        age (RFC 7517 section 5).
        """
        now = self._clock()
        self._settle(now)
        others = [codec for codec in self._known if codec is not self._current]
        return {"keys": [codec.public_jwk for codec in (self._current, *others)]}

    def _settle(self, now: float) -> None:
        """Which key signs now, when the others end, and until when all this holds."""
        starts = [each.signs_from for each in self._keys]
        place = signing_place(starts, now)
        self._current = self._keys[place].key
        self._settled_until = min((start for start in starts[place + 1 :] if start > now), default=math.inf)
        self._dead_from = {
            older.key.kid: max(
                # Until then another server may sign with the older one.
                newer.signs_from + CLOCKS_APART_S + self._lifetime_s,
                self._last_expiry.get(older.key.kid, 0),
            )
            for older, newer in zip(self._keys[:place], self._keys[1 : place + 1], strict=True)
        }
        self._known = [each.key for each in self._keys if self._dead_from.get(each.key.kid, math.inf) > now]
        self._by_header = {codec.header: codec for codec in self._known}
        self._by_kid = {codec.kid: codec for codec in self._known}

    def _named(self, token: str) -> PyJwtCodec:
        """The codec of the key that the header names; without a name, the one that signs."""
        try:
            kid = jwt.get_unverified_header(token).get("kid", self._current.kid)
        except jwt.InvalidTokenError as error:
            raise ValueError("not a token") from error
        if kid not in self._by_kid:
            raise ValueError("signed with no key of ours")
        return self._by_kid[kid]
