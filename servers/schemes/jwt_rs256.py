"""Self-contained tokens signed with RSA: slow to sign, quick to verify."""

from servers.keys.key_pairs import RS256
from servers.schemes.parts.asymmetric_tokens import AsymmetricTokens


class Rs256Tokens(AsymmetricTokens):
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3), 2048 bits."""

    name = "jwt-rs256"
    summary = "Self-contained token, verified with RSA and SHA-256, no store on a read."
    travels = "a signed token with every claim, about 720 characters"
    kind = RS256
    used_by = "most identity providers by default: Auth0, Okta, Keycloak, Microsoft Entra."
    reason = (
        "Many services verify with a public key that no one can sign with. Signing costs a millisecond, and "
        "a token is the largest of all."
    )
