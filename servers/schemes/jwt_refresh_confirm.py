"""The tokens of `jwt-hs256` with another refresh policy: confirm-on-use."""

from authbench.contracts.card import RefreshPolicy
from servers.schemes.jwt_hs256 import Hs256Tokens


class ConfirmedRefreshTokens(Hs256Tokens):
    """Everything but the refresh is `jwt-hs256`."""

    name = "jwt-refresh-confirm"
    summary = "jwt-hs256 whose refresh token counts until its successor is first used."
    refresh_policy = RefreshPolicy.CONFIRM_ON_USE
    used_by = "SuperTokens."
    reason = (
        "A lost reply never logs anybody out, without any clock. A stolen token works until its owner has "
        "refreshed twice."
    )
