"""Self-contained tokens signed with HMAC-SHA-256: who can verify them can also make them."""

import hmac
from typing import ClassVar

from servers.keys import signing_key
from servers.oauth.codec import PyJwtCodec, TokenCodec
from servers.token_scheme import TokenScheme


class Hs256Tokens(TokenScheme):
    """One secret key, PyJWT."""

    name = "jwt-hs256"
    summary = "Self-contained token, verified with HMAC-SHA-256, no store on a read."
    travels = "a signed token with every claim, about 350 characters"
    used_by = "single services and tutorials; fastapi-users, djangorestframework-simplejwt by default."
    reason = (
        "The cheapest token to make and to verify. Who can verify can also sign, so it is for one service, "
        "or for services that trust each other with everything."
    )
    codec: ClassVar[type[PyJwtCodec]] = PyJwtCodec

    @property
    def algorithm(self) -> str:
        """HMAC with SHA-256 (RFC 7518 section 3.2)."""
        return "HS256"

    def make_codec(self) -> TokenCodec:
        """HS256 with the secret of the settings."""
        key = signing_key(self.settings.jwt_key_file)
        return self.codec("HS256", key, key, len(key) * 8, f"{hmac.__name__} (standard library)")
