"""What signs claims: secrets of the server's, or key pairs that are replaced while their tokens live."""

import hmac
import time
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from servers.contract.claims import Claims
from servers.contract.errors import NotOffered
from servers.credentials.tokens.codec import PyJwtCodec, TokenCodec
from servers.credentials.tokens.key_ring import KeyRing
from servers.credentials.tokens.lean_codec import LeanHs256Codec
from servers.credentials.tokens.secret_ring import secret_ring
from servers.keys.key_directory import KEY_BYTES
from servers.keys.key_pairs import BACKEND, KeyKind, PrivateKey, key_bits, public_jwk
from servers.keys.keys import Keys, Timed
from servers.keys.signed_values import SignedValues

ACCESS_TOKEN = "access token"  # noqa: S105 - a purpose
_HMAC = f"{hmac.__name__} (standard library)"


class Signer(Protocol):
    """Makes the codec of one kind of credential, from the keys of a server."""

    signs: str
    """The cryptographic operation that makes a credential, as the card calls it."""
    verifies: str
    """And the one that checks it."""

    def codec(self, keys: Keys) -> TokenCodec:
        """What signs and verifies, with the keys as they are now. Failure if they cannot be used."""

    def rotate(self, keys: Keys) -> None:
        """Publish a fresh key, which signs later. `NotOffered` where secrets sign."""


class SharedSecret:
    """HMAC with SHA-256 under a key of its own for each purpose: who can verify can also make.

    A credential for one purpose is worth nothing where another one is needed. `codec` takes the keys: the
    first signs, the others still verify.
    """

    def __init__(
        self,
        purpose: str,
        codec: Callable[[tuple[bytes, ...]], TokenCodec],
        signs: str = "HS256 sign",
        verifies: str = "HS256 verify",
    ) -> None:
        self._purpose = purpose
        self._codec = codec
        self.signs = signs
        self.verifies = verifies

    def codec(self, keys: Keys) -> TokenCodec:
        return self._codec(keys.derived(self._purpose))

    def rotate(self, keys: Keys) -> None:
        raise NotOffered


def hs256(keys: tuple[bytes, ...], codec: type[PyJwtCodec] = PyJwtCodec) -> TokenCodec:
    """JWTs with HMAC and SHA-256 (RFC 7518 section 3.2), made by PyJWT."""
    return secret_ring([codec("HS256", key, key, len(key) * 8, _HMAC) for key in keys])


def lean_hs256(keys: tuple[bytes, ...]) -> TokenCodec:
    """The same tokens without a library."""
    return secret_ring([LeanHs256Codec(key) for key in keys])


class SignedJson:
    """A `TokenCodec` of plain JSON under HMAC-SHA-256. The signed `exp` is the only timeout."""

    crypto: ClassVar[dict[str, str | int]] = {
        "algorithm": "HMAC-SHA-256",
        "key_bits": KEY_BYTES * 8,
        "library": "none",
        "backend": _HMAC,
    }

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._values = SignedValues(*keys)

    def encode(self, claims: Claims) -> str:
        return self._values.sign(claims.as_json().encode())

    def decode(self, token: str) -> Claims:
        claims = Claims.parse_json(self._values.content(token.encode("latin-1")))
        if claims.exp <= time.time():
            raise ValueError("expired")
        return claims


class KeyPair:
    """Asymmetric JWTs, by PyJWT on top of cryptography: who verifies them cannot make them.

    Keys are in a ring: one can be replaced while its tokens, which live `lifetime_s` seconds, are alive.
    """

    def __init__(self, kind: KeyKind, lifetime_s: int, codec: type[PyJwtCodec] = PyJwtCodec) -> None:
        self.kind = kind
        self._lifetime_s = lifetime_s
        self._codec = codec
        self._ring: KeyRing | None = None
        self.signs = f"{kind.algorithm} sign"
        self.verifies = f"{kind.algorithm} verify"

    def codec(self, keys: Keys) -> KeyRing:
        """A ring of the server's keys, or the one that is there, with the keys as they are now."""
        known = [Timed(self._codec_of(pair.key), pair.signs_from) for pair in keys.pairs(self.kind)]
        if self._ring is None:
            self._ring = KeyRing(known, self._lifetime_s)
        else:
            self._ring.use(known)
        return self._ring

    def rotate(self, keys: Keys) -> None:
        """Without a directory of keys in this process alone."""
        keys.add_pair(self.kind)

    def jwks(self) -> dict[str, Any]:
        """The public keys that verify what is alive (RFC 7517)."""
        return self._ring.jwks() if self._ring else {"keys": []}

    def _codec_of(self, key: PrivateKey) -> PyJwtCodec:
        algorithm = self.kind.algorithm
        public = public_jwk(key, algorithm)
        return self._codec(algorithm, key, key.public_key(), key_bits(key), BACKEND, public)
