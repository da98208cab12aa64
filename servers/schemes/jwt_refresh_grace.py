"""The tokens of `jwt-hs256` with another refresh policy: grace."""

from authbench.contracts.card import RefreshPolicy
from servers.schemes.jwt_hs256 import Hs256Tokens


class GraceRefreshTokens(Hs256Tokens):
    """Everything but the refresh is `jwt-hs256`."""

    name = "jwt-refresh-grace"
    summary = "jwt-hs256 whose replaced refresh token yields the same successor for some seconds more."
    refresh_policy = RefreshPolicy.GRACE
    used_by = "Okta, Amazon Cognito, Supabase, Auth0 with an overlap period."
    reason = "Lost replies and several tabs are forgiven within the grace; so is a thief who is quick enough."
