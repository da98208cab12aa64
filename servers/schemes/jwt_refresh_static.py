"""The tokens of `jwt-hs256` with another refresh policy: static."""

from authbench.contracts.card import RefreshPolicy
from servers.schemes.jwt_hs256 import Hs256Tokens


class StaticRefreshTokens(Hs256Tokens):
    """Everything but the refresh is `jwt-hs256`."""

    name = "jwt-refresh-static"
    summary = "jwt-hs256 whose refresh token is never replaced: a second user of it goes unnoticed."
    refresh_policy = RefreshPolicy.STATIC
    used_by = "many APIs, Keycloak by default."
    reason = (
        "No client is ever logged out by a lost reply or a second tab. A stolen refresh token works until "
        "the login ends; for public clients RFC 9700 wants it replaced or bound to a key."
    )
