"""Tokens with a deny list in Redis: the retrofit of whoever finds that a logout must work."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.revocation import DenylistRevocation
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret, hs256


class DenylistTokens(ComposedScheme):
    """Every read asks Redis whether the token or its login was denied: one EXISTS of both."""

    name = "jwt-denylist"
    summary = "jwt-hs256 with a deny list: one EXISTS per read, so that a logout works."
    travels = "a signed token with every claim, about 350 characters"
    used_by = "Flask-JWT-Extended with its blocklist, and whoever adds a logout to tokens later."
    reason = (
        "Logout works at once. It costs the same round trip as a session, plus the signature. The list must "
        "survive: after a flush or an eviction denied tokens live again."
    )

    def compose(self) -> Parts:
        return signed_token(
            self.settings, SharedSecret(ACCESS_TOKEN, hs256), revocation=DenylistRevocation(self.settings)
        )
