"""Opaque bearer tokens in Redis, remembered for some seconds by each process that was shown one."""

from authbench.contracts.card import Card
from servers.schemes.opaque_redis import OpaqueRedisScheme
from servers.schemes.parts.fixed_lifetime import repeated
from servers.stores.near_cache.cache import NearCache
from servers.stores.near_cache.cached_sessions import CachedSessions
from servers.stores.sessions import SessionStore


class CachedOpaqueRedisScheme(OpaqueRedisScheme):
    """`opaque-redis`, but what was read of a token is good for `opaque_cache_s` seconds in this process."""

    name = "opaque-redis-cached"

    @property
    def card(self) -> Card:
        """The other one's, and what remembering gains and costs."""
        card = super().card
        window_s = self.settings.opaque_cache_s
        return card.model_copy(
            update={
                "summary": f"opaque-redis with a cache of {window_s:g} s in each process.",
                "repeated_commands": repeated(card.store_commands),
                "revocation_window_s": window_s,
                "role_change_window_s": window_s,
                "disabled_window_s": window_s,
                "used_by": "API gateways in front of an authorizer (AWS API Gateway remembers a decision for "
                "300 s unless told otherwise); servers that cache introspection (RFC 7662 section 4).",
                "reason": "A burst of requests with one token costs one GET. The process that was told of a "
                "logout refuses the token at once; any other may accept it for the length of its cache.",
            }
        )

    def open_store(self) -> SessionStore:
        """The same tokens behind a cache that forgets by the clock."""
        settings = self.settings
        return CachedSessions(
            super().open_store(), NearCache(settings.near_cache_entries, settings.opaque_cache_s)
        )
