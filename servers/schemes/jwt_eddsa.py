"""Self-contained tokens signed with Ed25519."""

from servers.keys.key_pairs import EDDSA
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.signers import KeyPair


class EdDsaTokens(ComposedScheme):
    """Ed25519 (RFC 8037). PyJWT calls it EdDSA; RFC 9864 would rather say Ed25519."""

    name = "jwt-eddsa"
    summary = "Self-contained token, verified with Ed25519, no store on a read."
    travels = "a signed token with every claim, about 460 characters"
    used_by = "newer identity providers and service meshes where every verifier knows it."
    reason = "No parameter to get wrong when signing, short signatures; not every library verifies it."

    def compose(self) -> Parts:
        return signed_token(self.settings, KeyPair(EDDSA, self.settings.token_lifetime_s))
