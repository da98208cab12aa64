"""The same sessions, read through a small Redis client of our own: how much of their cost is the library."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.part import redis_of
from servers.schemes.parts.recipes import session
from servers.stores.redis.lean.client import LeanReader
from servers.stores.redis.lean.sessions import LeanSessions
from servers.stores.sessions import SessionStore


class LeanRedisSessionScheme(ComposedScheme):
    """`session-redis` but for the client that sends GETEX. Everything else goes through redis-py."""

    name = "session-redis-lean"
    summary = "session-redis with a minimal client: how much of its tax is the library."
    used_by = "Nobody: it is a measuring instrument."
    reason = "The difference to session-redis is what the client library costs."

    def compose(self) -> Parts:
        return session(self.settings, self._open_store, LeanSessions.asks)

    def _open_store(self) -> SessionStore:
        settings = self.settings
        redis = redis_of(settings)
        reader = LeanReader(redis.url, settings.store_deadline_ms / 1000)
        return LeanSessions(
            redis, reader, settings.redis_key_prefix, settings.session_idle_s, settings.store_connections_warm
        )
