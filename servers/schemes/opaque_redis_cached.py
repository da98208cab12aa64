"""Opaque bearer tokens in Redis, remembered for some seconds by each process that was shown one."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import opaque_token, redis_sessions
from servers.stores.near_cache.cache import NearCache
from servers.stores.near_cache.cached_sessions import CachedSessions
from servers.stores.redis.reads import REMEMBERED, PlainlyReadSessions
from servers.stores.sessions import SessionStore


class CachedOpaqueRedisScheme(ComposedScheme):
    """`opaque-redis`, but what was read of a token is good for `opaque_cache_s` seconds in this process."""

    name = "opaque-redis-cached"
    travels = "a random 256-bit token, 43 characters"
    used_by = (
        "API gateways in front of an authorizer (AWS API Gateway remembers a decision for 300 s unless told "
        "otherwise); servers that cache introspection (RFC 7662 section 4)."
    )
    reason = (
        "A burst of requests with one token costs one GET. The process that was told of a logout refuses the "
        "token at once; any other may accept it for the length of its cache."
    )

    def compose(self) -> Parts:
        window_s = self.settings.opaque_cache_s
        self.summary = f"opaque-redis with a cache of {window_s:g} s in each process."
        return opaque_token(self.settings, self.open_store, REMEMBERED, window_s)

    def open_store(self) -> SessionStore:
        """The same tokens behind a cache that forgets by the clock."""
        settings = self.settings
        inner = redis_sessions(settings, PlainlyReadSessions, settings.opaque_lifetime_s)()
        return CachedSessions(inner, NearCache(settings.near_cache_entries, settings.opaque_cache_s))
