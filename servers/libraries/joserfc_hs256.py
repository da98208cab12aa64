"""joserfc (which Authlib is built on) in place of PyJWT: the tokens of jwt-hs256."""

from servers.credentials.tokens.codec import TokenCodec
from servers.credentials.tokens.secret_ring import secret_ring
from servers.libraries.parts.installed import installed
from servers.libraries.parts.library_scheme import LibraryScheme
from servers.libraries.parts.signed_by_others import signed_by
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret


class JoserfcTokens(LibraryScheme, ComposedScheme):
    """The same claims and the same header as jwt-hs256; signing, verifying and the checks are joserfc's."""

    name = "joserfc-hs256"
    distribution = "joserfc"
    shape = "self-contained token, verified with HMAC-SHA-256, no store on a read."
    travels = "a signed token with every claim, about 350 characters"
    used_by = "applications on Authlib, whose authlib.jose it replaces."
    reason = "As jwt-hs256: the cheapest kind of token, and nothing ends one before it expires."

    def compose(self) -> Parts:
        self.summary = f"{self.library}: {self.shape}"
        return signed_by(self.settings, SharedSecret(ACCESS_TOKEN, _codec))


def _codec(keys: tuple[bytes, ...]) -> TokenCodec:
    installed("joserfc", "joserfc")
    from servers.libraries.parts.joserfc_codec import JoserfcCodec

    return secret_ring([JoserfcCodec(key) for key in keys])
