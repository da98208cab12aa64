"""Tokens with a deny list of which every process has a copy: nothing is asked on a read."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.revocation import LocalDenylistRevocation
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret, hs256


class LocalDenylistTokens(ComposedScheme):
    """The process that is told refuses at once; the others when the news arrives, or they ask Redis."""

    name = "jwt-denylist-local"
    summary = "jwt-hs256 with a copy of the deny list in every process, kept by subscription."
    travels = "a signed token with every claim, about 350 characters"
    used_by = "API gateways that are pushed their revocations."
    reason = (
        "Logout works everywhere within the window, and a read asks nobody. Every process holds every "
        "denial, and the subscription is one more thing to watch."
    )

    def compose(self) -> Parts:
        return signed_token(
            self.settings,
            SharedSecret(ACCESS_TOKEN, hs256),
            revocation=LocalDenylistRevocation(self.settings),
        )
