"""The tokens of `jwt-hs256` with another refresh policy: static."""

from authbench.contracts.card import RefreshPolicy
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret, hs256


class StaticRefreshTokens(ComposedScheme):
    """Everything but the refresh is `jwt-hs256`."""

    name = "jwt-refresh-static"
    summary = "jwt-hs256 whose refresh token is never replaced: a second user of it goes unnoticed."
    travels = "a signed token with every claim, about 350 characters"
    used_by = "many APIs, Keycloak by default."
    reason = (
        "No client is ever logged out by a lost reply or a second tab. A stolen refresh token works until "
        "the login ends; for public clients RFC 9700 wants it replaced or bound to a key."
    )

    def compose(self) -> Parts:
        return signed_token(self.settings, SharedSecret(ACCESS_TOKEN, hs256), policy=RefreshPolicy.STATIC)
