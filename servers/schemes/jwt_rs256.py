"""Self-contained tokens signed with RSA: slow to sign, quick to verify."""

from servers.keys.key_pairs import RS256
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.signers import KeyPair


class Rs256Tokens(ComposedScheme):
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3), 2048 bits."""

    name = "jwt-rs256"
    summary = "Self-contained token, verified with RSA and SHA-256, no store on a read."
    travels = "a signed token with every claim, about 720 characters"
    used_by = "most identity providers by default: Auth0, Okta, Keycloak, Microsoft Entra."
    reason = (
        "Many services verify with a public key that no one can sign with. Signing costs a millisecond, and "
        "a token is the largest of all."
    )

    def compose(self) -> Parts:
        return signed_token(self.settings, KeyPair(RS256, self.settings.token_lifetime_s))
