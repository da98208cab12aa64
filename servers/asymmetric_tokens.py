"""Tokens signed with a private key: who verifies them cannot make them."""

from typing import Any, ClassVar

from servers.oauth.codec import PyJwtCodec
from servers.oauth.key_pairs import BACKEND, KeyKind, PrivateKey, key_bits, key_pair, public_jwk
from servers.oauth.key_ring import KeyRing
from servers.token_scheme import TokenScheme


class AsymmetricTokens(TokenScheme):
    """PyJWT on top of cryptography, with a key ring: the key can be replaced while its tokens live."""

    kind: ClassVar[KeyKind]
    codec: ClassVar[type[PyJwtCodec]] = PyJwtCodec

    @property
    def algorithm(self) -> str:
        """That of the kind of key."""
        return self.kind.algorithm

    def make_codec(self) -> KeyRing:
        """A ring that begins with the private key of the settings; the objects are loaded once."""
        first = self._codec_of(key_pair(self.settings.jwt_key_file, self.kind))
        self._ring = KeyRing(first, lambda: self._codec_of(self.kind.draw()), self.settings.token_lifetime_s)
        return self._ring

    def rotate_keys(self) -> None:
        """Sign with a fresh key from now on. In this process: several workers share only their first one."""
        self._ring.rotate()

    def jwks(self) -> dict[str, Any]:
        """The public keys that verify what is alive (RFC 7517)."""
        return self._ring.jwks()

    def _codec_of(self, key: PrivateKey) -> PyJwtCodec:
        algorithm = self.kind.algorithm
        public = public_jwk(key, algorithm)
        return self.codec(algorithm, key, key.public_key(), key_bits(key), BACKEND, public)
