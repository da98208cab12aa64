"""The same tokens, verified without a library: how much of their cost is PyJWT."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret, lean_hs256


class LeanHs256Tokens(ComposedScheme):
    """`jwt-hs256` but for the code that signs and verifies. Each accepts the other's tokens."""

    name = "jwt-hs256-lean"
    summary = "jwt-hs256 with a bare HMAC: how much of its tax is the library."
    travels = "a signed token with every claim, about 350 characters"
    used_by = "single services and tutorials; fastapi-users, djangorestframework-simplejwt by default."
    reason = (
        "The cheapest token to make and to verify. Who can verify can also sign, so it is for one service, "
        "or for services that trust each other with everything."
    )

    def compose(self) -> Parts:
        return signed_token(self.settings, SharedSecret(ACCESS_TOKEN, lean_hs256))
