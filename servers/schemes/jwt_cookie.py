"""A JWT in a cookie: the token of `jwt-hs256`, where no script can read it."""

from servers.contract.claims import Claims
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.codec import TokenCodec
from servers.schemes.jwt_hs256 import hs256_codec
from servers.schemes.parts.self_contained_cookie import SelfContainedCookie


class JwtCookieScheme(SelfContainedCookie):
    """Nothing refreshes it: a login lasts as long as its token."""

    name = "jwt-cookie"
    summary = "jwt-hs256 in a __Host- HttpOnly cookie, with CSRF protection; no refresh."
    travels = "a signed token with every claim, about 350 characters"
    signs = "HS256 sign"
    verifies = "HS256 verify"
    used_by = "fastapi-users with CookieTransport, Flask-JWT-Extended with cookies, server-rendered pages."
    reason = (
        "Script that gets into the page cannot carry the token away, and no page has to handle it. In return "
        "the browser attaches it by itself, so state changes need a CSRF token; and it cannot be revoked."
    )

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._codec_made: TokenCodec | None = None

    @property
    def lifetime_s(self) -> int:
        """That of any token."""
        return self.settings.token_lifetime_s

    @property
    def crypto(self) -> dict[str, str | int]:
        """What signs and verifies."""
        return self._codec.crypto

    @property
    def _codec(self) -> TokenCodec:
        assert self._codec_made is not None, "start() was not called"  # noqa: S101
        return self._codec_made

    def prepare(self) -> None:
        """Take the key: each process must know the tokens of the others."""
        super().prepare()
        self._codec_made = hs256_codec(self.keys.derived("token in a cookie"))

    def encode(self, claims: Claims) -> str:
        """The token."""
        return self._codec.encode(claims)

    def decode(self, value: bytes) -> Claims:
        """The verified claims. A token has one spelling: base64url without padding (RFC 7515 section 2).

        One that is bound to a key is of another scheme with the same secret: here nobody proves the key.
        """
        if b"=" in value:
            raise ValueError("padded")
        claims = self._codec.decode(value.decode("ascii"))
        if claims.jkt:
            raise ValueError("bound to a key")
        return claims
