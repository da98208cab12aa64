"""The same sessions, read through a small Redis client of our own: how much of their cost is the library."""

from authbench.contracts.card import Card
from servers.schemes.session_redis import RedisSessionScheme, redis_of
from servers.stores.redis.lean_client import LeanReader
from servers.stores.redis.lean_sessions import LeanSessions
from servers.stores.sessions import SessionStore


class LeanRedisSessionScheme(RedisSessionScheme):
    """`session-redis` but for the client that sends GETEX. Everything else goes through redis-py."""

    name = "session-redis-lean"

    @property
    def card(self) -> Card:
        """The other one's, and what this one is for."""
        return super().card.model_copy(
            update={
                "summary": "session-redis with a minimal client: how much of its tax is the library.",
                "used_by": "Nobody: it is a measuring instrument.",
                "reason": "The difference to session-redis is what the client library costs.",
            }
        )

    def open_store(self) -> SessionStore:
        """Sessions behind a RedisStore, reads behind a LeanReader."""
        settings = self.settings
        redis = redis_of(settings, self.name)
        reader = LeanReader(redis.url, settings.store_deadline_ms / 1000)
        return LeanSessions(
            redis, reader, settings.redis_key_prefix, settings.session_idle_s, settings.store_connections_warm
        )
