"""Sessions in Redis that live for a fixed time: a read is one GET, and nothing is written but at login."""

from authbench.contracts.card import Card
from servers.schemes.parts.cookie_sessions import CookieSessions
from servers.schemes.parts.fixed_lifetime import REDIS_COMMANDS
from servers.schemes.parts.session_card import session_card
from servers.schemes.session_redis import redis_of
from servers.stores.redis.plainly_read_sessions import PlainlyReadSessions
from servers.stores.sessions import SessionStore


class FixedRedisSessionScheme(CookieSessions):
    """Absolute timeout only."""

    name = "session-redis-fixed"

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        return session_card(
            name=self.name,
            summary="Server-side session in Redis with a fixed lifetime, one GET per read.",
            store="redis",
            store_commands=REDIS_COMMANDS,
            used_by="fastapi-users with its Redis strategy, aiohttp-session, koa-session and Django's cache "
            "backend unless told otherwise, express-session with disableTouch.",
            reason="The least a session in a store can ask, and reads a replica could answer. There is no "
            "idle timeout: a session left open on a shared computer lives until its absolute one.",
        )

    def open_store(self) -> SessionStore:
        """Sessions that live as long as their claims."""
        settings = self.settings
        return PlainlyReadSessions(
            redis_of(settings, self.name),
            settings.redis_key_prefix,
            settings.session_absolute_s,
            settings.store_connections_warm,
        )
