"""The tokens of `jwt-hs256` with another refresh policy: grace."""

from authbench.contracts.card import RefreshPolicy
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret, hs256


class GraceRefreshTokens(ComposedScheme):
    """Everything but the refresh is `jwt-hs256`."""

    name = "jwt-refresh-grace"
    summary = "jwt-hs256 whose replaced refresh token yields the same successor for some seconds more."
    travels = "a signed token with every claim, about 350 characters"
    used_by = "Okta, Amazon Cognito, Supabase, Auth0 with an overlap period."
    reason = "Lost replies and several tabs are forgiven within the grace; so is a thief who is quick enough."

    def compose(self) -> Parts:
        return signed_token(self.settings, SharedSecret(ACCESS_TOKEN, hs256), policy=RefreshPolicy.GRACE)
