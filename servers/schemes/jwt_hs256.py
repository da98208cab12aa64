"""Self-contained tokens signed with HMAC-SHA-256: who can verify them can also make them."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret, hs256


class Hs256Tokens(ComposedScheme):
    """One secret key, PyJWT."""

    name = "jwt-hs256"
    summary = "Self-contained token, verified with HMAC-SHA-256, no store on a read."
    travels = "a signed token with every claim, about 350 characters"
    used_by = "single services and tutorials; fastapi-users, djangorestframework-simplejwt by default."
    reason = (
        "The cheapest token to make and to verify. Who can verify can also sign, so it is for one service, "
        "or for services that trust each other with everything."
    )

    def compose(self) -> Parts:
        return signed_token(self.settings, SharedSecret(ACCESS_TOKEN, hs256))
