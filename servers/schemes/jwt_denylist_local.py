"""Tokens with a deny list of which every process has a copy: nothing is asked on a read."""

from dataclasses import replace

from authbench.contracts.card import Card
from servers.schemes.parts.revocable_tokens import RevocableTokens
from servers.stores.redis.client import RedisStore
from servers.stores.token_state.denials import Denials
from servers.stores.token_state.denylist import Denylist
from servers.stores.token_state.local_denylist import LocalDenylist


class LocalDenylistTokens(RevocableTokens):
    """The process that is told refuses at once; the others when the news arrives, or they ask Redis."""

    name = "jwt-denylist-local"
    summary = "jwt-hs256 with a copy of the deny list in every process, kept by subscription."
    used_by = "API gateways that are pushed their revocations."
    reason = (
        "Logout works everywhere within the window, and a read asks nobody. Every process holds every "
        "denial, and the subscription is one more thing to watch."
    )

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        window_s = self.settings.denylist_heartbeat_s + self.settings.store_deadline_ms / 1000
        return self.denylist_card({}, {"publish": 1}).model_copy(update={"revocation_window_s": window_s})

    @property
    def denials(self) -> Denials:
        """In Redis, and told to everybody."""
        prefix = self.settings.redis_key_prefix
        return replace(super().denials, channel=f"{prefix}denials")

    def open_denylist(self, redis: RedisStore) -> Denylist:
        """In Redis, and here."""
        settings = self.settings
        deadline_s = settings.store_deadline_ms / 1000
        return LocalDenylist(redis, self.denials, settings.denylist_heartbeat_s, deadline_s)
