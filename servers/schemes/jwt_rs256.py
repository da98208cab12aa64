"""Self-contained tokens signed with RSA: who verifies them cannot make them."""

from typing import ClassVar

from cryptography import __version__ as cryptography_version

from servers.keys import rsa_signing_key
from servers.oauth.codec import PyJwtCodec, TokenCodec
from servers.token_scheme import TokenScheme


class Rs256Tokens(TokenScheme):
    """One RSA key pair, PyJWT on top of cryptography."""

    name = "jwt-rs256"
    summary = "Self-contained token, verified with RSA and SHA-256, no store on a read."
    travels = "a signed token with every claim, about 700 characters"
    codec: ClassVar[type[PyJwtCodec]] = PyJwtCodec

    def make_codec(self) -> TokenCodec:
        """RS256 with the private key of the settings; the objects are loaded once."""
        key = rsa_signing_key(self.settings.jwt_key_file)
        return self.codec(
            "RS256", key, key.public_key(), key.key_size, f"cryptography {cryptography_version}"
        )
