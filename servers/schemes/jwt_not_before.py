"""Tokens of a version: one write ends every token a user has."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.revocation import VersionRevocation
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret, hs256


class NotBeforeTokens(ComposedScheme):
    """A token is good while its version is its user's. Nothing ends a single one: logout ends the refresh."""

    name = "jwt-not-before"
    summary = "jwt-hs256 with a version per user: one GET per read, one write ends all of a user's tokens."
    travels = "a signed token with every claim, about 350 characters"
    used_by = "Firebase (validSince), Keycloak (not-before), ASP.NET Identity (security stamp)."
    reason = (
        "Logout everywhere, a new password and a changed role work at once and cost one write, however many "
        "tokens there are. A single logout still waits for its token to expire. After a flush of the store "
        "tokens made before the first raise live again."
    )

    def compose(self) -> Parts:
        return signed_token(
            self.settings, SharedSecret(ACCESS_TOKEN, hs256), revocation=VersionRevocation(self.settings)
        )
