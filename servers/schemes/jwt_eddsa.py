"""Self-contained tokens signed with Ed25519."""

from servers.keys.key_pairs import EDDSA
from servers.schemes.parts.asymmetric_tokens import AsymmetricTokens


class EdDsaTokens(AsymmetricTokens):
    """Ed25519 (RFC 8037). PyJWT calls it EdDSA; RFC 9864 would rather say Ed25519."""

    name = "jwt-eddsa"
    summary = "Self-contained token, verified with Ed25519, no store on a read."
    travels = "a signed token with every claim, about 460 characters"
    kind = EDDSA
    used_by = "newer identity providers and service meshes where every verifier knows it."
    reason = "No parameter to get wrong when signing, short signatures; not every library verifies it."
