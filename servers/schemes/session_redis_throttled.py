"""Sessions in Redis whose lifetime slides in steps: a read is one GET, and once in a while an EXPIRE."""

from authbench.contracts.card import Card
from servers.schemes.parts.cookie_sessions import CookieSessions
from servers.schemes.parts.session_card import session_card
from servers.schemes.parts.session_commands import reading_by, reads_repeated_by
from servers.schemes.session_redis import redis_of
from servers.stores.redis.throttled_sessions import ThrottledSessions
from servers.stores.sessions import SessionStore


class ThrottledRedisSessionScheme(CookieSessions):
    """Idle and absolute timeout; a process writes down a use at most every `session_touch_s` seconds."""

    name = "session-redis-throttled"

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        after_s = self.settings.touch_after_s
        return session_card(
            name=self.name,
            summary=f"Server-side session in Redis, one GET per read and an EXPIRE every {after_s:g} s.",
            store="redis",
            store_commands=reading_by({"get": 1, "expire": 1}),
            repeated_commands=reads_repeated_by({"get": 1}),
            used_by="Better Auth (updateAge), Ory Kratos (earliest_possible_extend) and koa-session with "
            "renew, each with a time in the session's record where this process remembers its own touches.",
            reason="An idle timeout almost without writes, and no read ever writes a value: EXPIRE does "
            f"nothing to a session that has ended. Idle ones end up to {after_s:g} s early.",
        )

    def open_store(self) -> SessionStore:
        """Sessions, and this process's memory of their touches."""
        settings = self.settings
        return ThrottledSessions(
            redis_of(settings, self.name),
            settings.redis_key_prefix,
            settings.session_idle_s,
            settings.store_connections_warm,
            settings.touch_after_s,
        )
