"""Self-contained tokens signed with ECDSA: short signatures, slower to verify than RSA."""

from servers.keys.key_pairs import ES256
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.signers import KeyPair


class Es256Tokens(ComposedScheme):
    """ECDSA with P-256 and SHA-256 (RFC 7518 section 3.4).

    A signature has a second spelling, (r, n - s): nothing here may take a token's text for its identity.
    """

    name = "jwt-es256"
    summary = "Self-contained token, verified with ECDSA on P-256, no store on a read."
    travels = "a signed token with every claim, about 460 characters"
    used_by = "identity providers and platforms where tokens travel often and must be short."
    reason = "As RS256 with a token a third shorter and signing that is cheap; verifying costs more."

    def compose(self) -> Parts:
        return signed_token(self.settings, KeyPair(ES256, self.settings.token_lifetime_s))
