"""Sessions in Redis, read from this process's memory: Redis says what has changed (client-side caching)."""

from authbench.contracts.card import Card
from servers.schemes.parts.cookie_sessions import CookieSessions
from servers.schemes.parts.fixed_lifetime import REDIS_COMMANDS, repeated
from servers.schemes.parts.session_card import session_card
from servers.schemes.session_redis import redis_of
from servers.stores.near_cache.cache import NearCache
from servers.stores.near_cache.sessions import NearSessions, forgetting
from servers.stores.near_cache.tracking import Tracking
from servers.stores.redis.sessions import RedisSessions
from servers.stores.sessions import SessionStore


class NearCacheSessionScheme(CookieSessions):
    """Sessions of fixed lifetime: an idle timeout would have to tell Redis of every use."""

    name = "session-redis-near-cache"

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        settings = self.settings
        window_s = settings.near_cache_heartbeat_s + settings.store_deadline_ms / 1000
        return session_card(
            name=self.name,
            summary="Session in Redis, near cache that Redis invalidates: a repeated read asks nothing.",
            store="redis",
            store_commands=REDIS_COMMANDS,
            repeated_commands=repeated(REDIS_COMMANDS),
            revocation_window_s=window_s,
            role_change_window_s=window_s,
            disabled_window_s=window_s,
            used_by="Teams with hot keys: Redis's client-side caching (CLIENT TRACKING, since 6.0), which "
            "Lettuce, Jedis and redis-py offer for any key. No common session library uses it.",
            reason="Repeated reads ask no store, and yet a logout reaches every process as news from Redis: "
            f"within {window_s:g} s even where the news is lost, because a process that cannot prove its "
            "connection alive asks Redis again. There is no idle timeout: each use would have to be told.",
        )

    def open_store(self) -> SessionStore:
        """Sessions that are read over the connection that tracks them; a pool for everything else."""
        settings = self.settings
        redis, prefix = redis_of(settings, self.name), settings.redis_key_prefix
        cache = NearCache(settings.near_cache_entries)
        tracking = Tracking(
            redis,
            settings.store_deadline_ms / 1000,
            settings.near_cache_heartbeat_s,
            forgetting(cache, prefix),
        )

        async def get(key: str, idle_s: int) -> bytes | None:
            del idle_s
            return await tracking.get(key)

        inner = RedisSessions(
            redis, prefix, settings.session_absolute_s, settings.store_connections_warm, get
        )
        return NearSessions(inner, cache, tracking)
