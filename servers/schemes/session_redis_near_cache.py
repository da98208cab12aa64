"""Sessions in Redis, read from this process's memory: Redis says what has changed (client-side caching)."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.part import redis_of
from servers.schemes.parts.recipes import session
from servers.stores.near_cache.cache import NearCache
from servers.stores.near_cache.sessions import NearSessions, forgetting
from servers.stores.near_cache.tracking import Tracking
from servers.stores.redis.reads import REMEMBERED
from servers.stores.redis.sessions import RedisSessions
from servers.stores.sessions import SessionStore


class NearCacheSessionScheme(ComposedScheme):
    """Sessions of fixed lifetime: an idle timeout would have to tell Redis of every use."""

    name = "session-redis-near-cache"
    summary = "Session in Redis, near cache that Redis invalidates: a repeated read asks nothing."
    used_by = (
        "Teams with hot keys: Redis's client-side caching (CLIENT TRACKING, since 6.0), which Lettuce, Jedis "
        "and redis-py offer for any key. No common session library uses it."
    )

    def compose(self) -> Parts:
        settings = self.settings
        window_s = settings.near_cache_heartbeat_s + settings.store_deadline_ms / 1000
        self.reason = (
            "Repeated reads ask no store, and yet a logout reaches every process as news from "
            f"Redis: within {window_s:g} s even where the news is lost, because a process that cannot "
            "prove its connection alive asks Redis again. There is no idle timeout: each use would have "
            "to be told."
        )
        return session(settings, self.open_store, REMEMBERED, window_s=window_s)

    def open_store(self) -> SessionStore:
        """Sessions that are read over the connection that tracks them; a pool for everything else."""
        settings = self.settings
        redis, prefix = redis_of(settings), settings.redis_key_prefix
        cache = NearCache(settings.near_cache_entries)
        tracking = Tracking(
            redis,
            settings.store_deadline_ms / 1000,
            settings.near_cache_heartbeat_s,
            forgetting(cache, prefix),
        )

        async def get(key: str, _: int) -> bytes | None:
            return await tracking.get(key)

        inner = RedisSessions(
            redis, prefix, settings.session_absolute_s, settings.store_connections_warm, get
        )
        return NearSessions(inner, cache, tracking)
