"""Authlib's access tokens (RFC 9068): the tokens of jwt-rs256 by another library."""

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from servers.contract.errors import NotOffered
from servers.credentials.tokens.codec import TokenCodec
from servers.keys.key_pairs import RS256
from servers.keys.keys import Keys
from servers.libraries.parts.installed import installed
from servers.libraries.parts.library_scheme import LibraryScheme
from servers.libraries.parts.signed_by_others import signed_by
from servers.schemes.parts.composed import ComposedScheme, Parts


class AuthlibTokens(LibraryScheme, ComposedScheme):
    """JWTBearerTokenGenerator makes them, JWTBearerTokenValidator checks them, both with joserfc."""

    name = "authlib-rs256"
    distribution = "authlib"
    shape = "self-contained token (RFC 9068), verified with RSA, no store on a read."
    travels = "a signed token with every claim, about 625 characters"
    used_by = "resource servers and authorization servers on Authlib."
    reason = "As jwt-rs256: verified by whoever has the public key, and nothing ends one before it expires."

    def compose(self) -> Parts:
        self.summary = f"{self.library}: {self.shape}"
        return signed_by(self.settings, _AuthlibSigner())


class _AuthlibSigner:
    """One key of the server's; the library would read a set of keys from where the application has it."""

    signs = "RS256 sign"
    verifies = "RS256 verify"

    def codec(self, keys: Keys) -> TokenCodec:
        installed("authlib", "authlib")
        from servers.libraries.parts.authlib_codec import AuthlibCodec

        key = keys.pairs(RS256)[0].key
        assert isinstance(key, RSAPrivateKey)  # noqa: S101 - of its kind
        return AuthlibCodec(key)

    def rotate(self, keys: Keys) -> None:
        raise NotOffered
