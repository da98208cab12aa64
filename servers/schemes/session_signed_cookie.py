"""The session itself in a signed cookie: what tutorials begin with, and what no server can end."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_cookie
from servers.schemes.parts.signers import SharedSecret, SignedJson


class SignedCookieSessionScheme(ComposedScheme):
    """Claims as JSON under HMAC-SHA-256. The signed `exp` is the absolute timeout; there is no idle one."""

    name = "session-signed-cookie"
    summary = "The session in a signed cookie: no store, no revocation."
    travels = "every claim, readable, and an HMAC: about 310 characters"
    used_by = "Starlette's SessionMiddleware, Flask's default session, Rails' and Express' cookie sessions."
    reason = (
        "Nothing to run and nothing to look up, and every process can check it. A logout only asks the "
        "browser to forget: a copied cookie, an old role and a disabled account are good until it expires."
    )

    def compose(self) -> Parts:
        return signed_cookie(
            self.settings,
            SharedSecret("signed cookie", SignedJson, "HMAC-SHA-256", "HMAC-SHA-256"),
            self.settings.session_absolute_s,
        )
