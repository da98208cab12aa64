"""The keys of an asymmetric token scheme: one signs, older ones verify until their last token is dead.

What an older key verifies must expire before the key does. So a key that was replaced because it had leaked
is worth nothing from then on, whatever is signed with it.

A token names its key by `kid`, the key's thumbprint (RFC 7638). Which key verifies is looked up by the whole
header of the token as it is spelled: we write it ourselves, so nothing in it has to be interpreted. Only a
header spelled otherwise is parsed, and then nothing but its `kid` is asked. No key is ever fetched from
anywhere (RFC 8725 section 3.10).
"""

import time
from collections.abc import Callable
from typing import Any

import jwt

from servers.claims import Claims
from servers.oauth.codec import PyJwtCodec

MakeCodec = Callable[[], PyJwtCodec]
"""A codec with a fresh key, which knows its `kid` and its public key."""


class KeyRing:
    """A `TokenCodec` whose signing key can be replaced while tokens of the old one live.

    `codec` has the first key, `fresh` draws the next, `lifetime_s` is how long a token lives at most.
    """

    def __init__(self, codec: PyJwtCodec, fresh: MakeCodec, lifetime_s: int) -> None:
        self._current = codec
        self._fresh = fresh
        self._lifetime_s = lifetime_s
        self._last_expiry = 0
        self._retired: dict[str, tuple[PyJwtCodec, float]] = {}
        self._by_header: dict[str, PyJwtCodec] = {codec.header: codec}

    @property
    def crypto(self) -> dict[str, str | int]:
        """Of the key that signs."""
        return self._current.crypto

    def encode(self, claims: Claims) -> str:
        """The signed token."""
        # Some live longer than a login's: those that the harness seeds.
        self._last_expiry = max(self._last_expiry, claims.exp)
        return self._current.encode(claims)

    def decode(self, token: str) -> Claims:
        """The verified claims. ValueError for a token of an unknown or a dead key, and all other bad ones."""
        codec = self._by_header.get(token.partition(".")[0]) or self._named(token)
        claims = codec.decode(token)
        if codec is not self._current and claims.exp > self._retired[codec.kid][1]:
            raise ValueError("it would outlive its key, so it was not made while the key signed")
        return claims

    def rotate(self, now: float | None = None) -> None:
        """Sign with a fresh key from now on. Keys whose last token has died are forgotten."""
        at = time.time() if now is None else now
        # Other processes of this server may have signed with it until now.
        self._retired[self._current.kid] = self._current, max(at + self._lifetime_s, self._last_expiry)
        self._retired = {kid: kept for kid, kept in self._retired.items() if kept[1] > at}
        self._current, self._last_expiry = self._fresh(), 0
        known = [self._current, *(codec for codec, _ in self._retired.values())]
        self._by_header = {codec.header: codec for codec in known}

    def jwks(self, now: float | None = None) -> dict[str, Any]:
        """The public keys whose tokens may be alive, the one that signs first (RFC 7517 section 5)."""
        at = time.time() if now is None else now
        living = [codec.public_jwk for codec, until in self._retired.values() if until > at]
        return {"keys": [self._current.public_jwk, *living]}

    def _named(self, token: str) -> PyJwtCodec:
        """The codec of the key that the header names; without a name, the one that signs."""
        try:
            kid = jwt.get_unverified_header(token).get("kid", self._current.kid)
        except jwt.InvalidTokenError as error:
            raise ValueError("not a token") from error
        if kid == self._current.kid:
            return self._current
        if kid not in self._retired:
            raise ValueError("signed with no key of ours")
        return self._retired[kid][0]
