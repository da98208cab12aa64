"""A JWT in a cookie: the token of `jwt-hs256`, where no script can read it."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_cookie
from servers.schemes.parts.signers import SharedSecret, hs256


class JwtCookieScheme(ComposedScheme):
    """Nothing refreshes it: a login lasts as long as its token."""

    name = "jwt-cookie"
    summary = "jwt-hs256 in a __Host- HttpOnly cookie, with CSRF protection; no refresh."
    travels = "a signed token with every claim, about 350 characters"
    used_by = "fastapi-users with CookieTransport, Flask-JWT-Extended with cookies, server-rendered pages."
    reason = (
        "Script that gets into the page cannot carry the token away, and no page has to handle it. In return "
        "the browser attaches it by itself, so state changes need a CSRF token; and it cannot be revoked."
    )

    def compose(self) -> Parts:
        return signed_cookie(
            self.settings, SharedSecret("token in a cookie", hs256), self.settings.token_lifetime_s
        )
