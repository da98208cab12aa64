"""Sessions in Redis that live for a fixed time: a read is one GET, and nothing is written but at login."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import redis_sessions, session
from servers.stores.redis.reads import PlainlyReadSessions


class FixedRedisSessionScheme(ComposedScheme):
    """Absolute timeout only: sessions live as long as their claims."""

    name = "session-redis-fixed"
    summary = "Server-side session in Redis with a fixed lifetime, one GET per read."
    used_by = (
        "fastapi-users with its Redis strategy, aiohttp-session, koa-session and Django's cache backend "
        "unless told otherwise, express-session with disableTouch."
    )
    reason = (
        "The least a session in a store can ask, and reads a replica could answer. There is no idle timeout: "
        "a session left open on a shared computer lives until its absolute one."
    )

    def compose(self) -> Parts:
        settings = self.settings
        return session(
            settings,
            redis_sessions(settings, PlainlyReadSessions, settings.session_absolute_s),
            PlainlyReadSessions.asks,
        )
