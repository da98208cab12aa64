"""Server-side sessions in Redis. A read is one GETEX; the card says what every other operation asks."""

from typing import ClassVar

from authbench.contracts.card import Card
from authbench.contracts.failure import Failure
from servers.contract.settings import ServerSettings
from servers.schemes.parts.cookie_sessions import REDIS_COMMANDS, CookieSessions
from servers.schemes.parts.session_card import session_card
from servers.stores.redis.client import RedisStore
from servers.stores.redis.sessions import RedisSessions
from servers.stores.sessions import SessionStore


class RedisSessionScheme(CookieSessions):
    """Sessions in Redis, through redis-py."""

    name = "session-redis"
    sessions: ClassVar[type[RedisSessions]] = RedisSessions

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        return session_card(
            name=self.name,
            summary="Server-side session in Redis, one GETEX per read.",
            store="redis",
            store_commands=REDIS_COMMANDS,
            used_by="express-session with connect-redis as its manual recommends, but for one command where "
            "that sends two: GET and EXPIRE.",
            reason="Idle and absolute timeout for one command a request, a logout is final at once and "
            "everywhere, and nothing on the way of a read writes a value. Every request depends on Redis.",
        )

    def open_store(self) -> SessionStore:
        """Sessions behind one RedisStore."""
        settings = self.settings
        return self.sessions(
            redis_of(settings, self.name),
            settings.redis_key_prefix,
            settings.session_idle_s,
            settings.store_connections_warm,
        )


def redis_of(settings: ServerSettings, name: str) -> RedisStore:
    """The store the settings name. Failure if they name none."""
    if settings.redis_url is None:
        raise Failure(f"{name} needs a Redis: give --redis-url")
    return RedisStore(settings.redis_url, settings.store_deadline_ms / 1000, settings.store_connections)
