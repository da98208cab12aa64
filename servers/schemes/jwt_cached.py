"""Tokens whose verification is remembered: the signature is checked once by each process."""

from servers.keys.key_pairs import RS256
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import checked_where, signed_token
from servers.schemes.parts.revocation import RememberedVerification
from servers.schemes.parts.signers import KeyPair


class CachedTokens(ComposedScheme):
    """`jwt-rs256`: verifying costs more than a hash, and remembering pays. With HS256 it would save a MAC."""

    name = "jwt-cached"
    summary = "jwt-rs256 whose verification each process remembers until the token expires."
    travels = "a signed token with every claim, about 720 characters"
    used_by = "API gateways and service meshes; Envoy's jwt_authn with its cache."
    reason = (
        "The price of a signature is paid once for each token and process. Memory for each live token, and "
        "no help against theft: it lives as long as any other token."
    )

    def compose(self) -> Parts:
        settings = self.settings
        checked = checked_where(settings.redis_url is not None)
        return signed_token(
            settings,
            KeyPair(RS256, settings.token_lifetime_s),
            revocation=RememberedVerification(settings.verified_tokens, checked),
        )
