"""Tokens with a deny list in Redis: the retrofit of whoever finds that a logout must work."""

from authbench.contracts.card import Card
from servers.schemes.parts.revocable_tokens import RevocableTokens
from servers.stores.redis.client import RedisStore
from servers.stores.token_state.denylist import Denylist


class DenylistTokens(RevocableTokens):
    """Every read asks Redis whether the token or its login was denied: one EXISTS of both."""

    name = "jwt-denylist"
    summary = "jwt-hs256 with a deny list: one EXISTS per read, so that a logout works."
    used_by = "Flask-JWT-Extended with its blocklist, and whoever adds a logout to tokens later."
    reason = (
        "Logout works at once. It costs the same round trip as a session, plus the signature. The list must "
        "survive: after a flush or an eviction denied tokens live again."
    )

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        return self.denylist_card({"exists": 1}, {})

    def open_denylist(self, redis: RedisStore) -> Denylist:
        """In Redis alone."""
        return Denylist(redis, self.denials)
