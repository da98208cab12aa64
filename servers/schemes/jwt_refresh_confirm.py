"""The tokens of `jwt-hs256` with another refresh policy: confirm-on-use."""

from authbench.contracts.card import RefreshPolicy
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret, hs256


class ConfirmedRefreshTokens(ComposedScheme):
    """Everything but the refresh is `jwt-hs256`."""

    name = "jwt-refresh-confirm"
    summary = "jwt-hs256 whose refresh token counts until its successor is first used."
    travels = "a signed token with every claim, about 350 characters"
    used_by = "SuperTokens."
    reason = (
        "A lost reply never logs anybody out, without any clock. A stolen token works until its owner has "
        "refreshed twice."
    )

    def compose(self) -> Parts:
        return signed_token(
            self.settings, SharedSecret(ACCESS_TOKEN, hs256), policy=RefreshPolicy.CONFIRM_ON_USE
        )
