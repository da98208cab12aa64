"""The same tokens, verified without a library: how much of their cost is PyJWT."""

from servers.keys import signing_key
from servers.oauth.codec import TokenCodec
from servers.oauth.lean_codec import LeanHs256Codec
from servers.schemes.jwt_hs256 import Hs256Tokens


class LeanHs256Tokens(Hs256Tokens):
    """`jwt-hs256` but for the code that signs and verifies. Each accepts the other's tokens."""

    name = "jwt-hs256-lean"
    summary = "jwt-hs256 with a bare HMAC: how much of its tax is the library."

    def make_codec(self) -> TokenCodec:
        """HS256 with the secret of the settings."""
        return LeanHs256Codec(signing_key(self.settings.jwt_key_file))
