"""Self-contained tokens signed with HMAC-SHA-256: who can verify them can also make them."""

import hmac
from typing import ClassVar

from servers.credentials.tokens.codec import PyJwtCodec, TokenCodec
from servers.credentials.tokens.secret_ring import secret_ring
from servers.schemes.parts.token_scheme import TokenScheme


def hs256_codec(keys: tuple[bytes, ...], codec: type[PyJwtCodec] = PyJwtCodec) -> TokenCodec:
    """HS256 with these keys: the first signs, the others still verify."""
    backend = f"{hmac.__name__} (standard library)"
    return secret_ring([codec("HS256", key, key, len(key) * 8, backend) for key in keys])


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
    purpose: ClassVar[str] = "access token"
    """What its key is derived for: a token for one purpose is worth nothing where another one is needed."""

    @property
    def algorithm(self) -> str:
        """HMAC with SHA-256 (RFC 7518 section 3.2)."""
        return "HS256"

    def make_codec(self) -> TokenCodec:
        """HS256 with a key of the server's secret."""
        return hs256_codec(self.keys.derived(self.purpose), self.codec)
