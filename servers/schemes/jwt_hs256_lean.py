"""The same tokens, verified without a library: how much of their cost is PyJWT."""

from servers.credentials.tokens.codec import TokenCodec
from servers.credentials.tokens.lean_codec import LeanHs256Codec
from servers.credentials.tokens.secret_ring import secret_ring
from servers.schemes.jwt_hs256 import Hs256Tokens


class LeanHs256Tokens(Hs256Tokens):
    """`jwt-hs256` but for the code that signs and verifies. Each accepts the other's tokens."""

    name = "jwt-hs256-lean"
    summary = "jwt-hs256 with a bare HMAC: how much of its tax is the library."

    def make_codec(self) -> TokenCodec:
        """HS256 with a key of the server's secret."""
        return secret_ring([LeanHs256Codec(key) for key in self.keys.derived(self.purpose)])
