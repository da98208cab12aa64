"""Tokens of a version that each process remembers for a while."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.revocation import VersionRevocation
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret, hs256


class CachedNotBeforeTokens(ComposedScheme):
    """The process that raised a version knows at once; the others within the time they remember."""

    name = "jwt-not-before-cached"
    summary = "jwt-not-before, the version remembered for some seconds by each process."
    travels = "a signed token with every claim, about 350 characters"
    used_by = (
        "Firebase and others with a cached checkRevoked; ASP.NET Identity re-reads its stamp every 30 min."
    )
    reason = (
        "The honest middle: a bound on staleness that is chosen, and one store read for each user and bound "
        "instead of one for each request."
    )

    def compose(self) -> Parts:
        return signed_token(
            self.settings,
            SharedSecret(ACCESS_TOKEN, hs256),
            revocation=VersionRevocation(self.settings, cached=True),
        )
