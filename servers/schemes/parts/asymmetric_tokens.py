"""Tokens signed with a private key: who verifies them cannot make them."""

from typing import Any, ClassVar

from servers.contract.settings import ServerSettings
from servers.credentials.tokens.codec import PyJwtCodec
from servers.credentials.tokens.key_ring import KeyRing
from servers.keys.key_pairs import BACKEND, KeyKind, PrivateKey, key_bits, public_jwk
from servers.keys.keys import Timed
from servers.schemes.parts.token_scheme import TokenScheme


class AsymmetricTokens(TokenScheme):
    """PyJWT on top of cryptography, with a key ring: the key can be replaced while its tokens live."""

    kind: ClassVar[KeyKind]
    codec: ClassVar[type[PyJwtCodec]] = PyJwtCodec

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._ring: KeyRing | None = None

    @property
    def algorithm(self) -> str:
        """That of the kind of key."""
        return self.kind.algorithm

    def make_codec(self) -> KeyRing:
        """A ring of the server's keys, or the one that is there, with the keys as they are now."""
        keys = [Timed(self._codec_of(pair.key), pair.signs_from) for pair in self.keys.pairs(self.kind)]
        if self._ring is None:
            self._ring = KeyRing(keys, self.settings.token_lifetime_s)
        else:
            self._ring.use(keys)
        return self._ring

    def rotate_keys(self) -> None:
        """Publish a fresh key, which signs later. Without a directory of keys in this process alone."""
        self.keys.add_pair(self.kind)
        self.prepare()

    def jwks(self) -> dict[str, Any]:
        """The public keys that verify what is alive (RFC 7517)."""
        assert self._ring is not None, "prepare() was not called"  # noqa: S101
        return self._ring.jwks()

    def _codec_of(self, key: PrivateKey) -> PyJwtCodec:
        algorithm = self.kind.algorithm
        public = public_jwk(key, algorithm)
        return self.codec(algorithm, key, key.public_key(), key_bits(key), BACKEND, public)
