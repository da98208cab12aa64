"""Sessions in Redis whose lifetime slides in steps: a read is one GET, and once in a while an EXPIRE."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.part import redis_of
from servers.schemes.parts.recipes import session
from servers.stores.redis.reads import ThrottledSessions
from servers.stores.sessions import SessionStore


class ThrottledRedisSessionScheme(ComposedScheme):
    """Idle and absolute timeout; a process writes down a use at most every `session_touch_s` seconds."""

    name = "session-redis-throttled"
    used_by = (
        "Better Auth (updateAge), Ory Kratos (earliest_possible_extend) and koa-session with renew, each "
        "with a time in the session's record where this process remembers its own touches."
    )

    def compose(self) -> Parts:
        after_s = self.settings.touch_after_s
        self.summary = f"Server-side session in Redis, one GET per read and an EXPIRE every {after_s:g} s."
        self.reason = (
            "An idle timeout almost without writes, and no read ever writes a value: EXPIRE does "
            f"nothing to a session that has ended. Idle ones end up to {after_s:g} s early."
        )
        return session(self.settings, self._open_store, ThrottledSessions.asks)

    def _open_store(self) -> SessionStore:
        settings = self.settings
        return ThrottledSessions(
            redis_of(settings),
            settings.redis_key_prefix,
            settings.session_idle_s,
            settings.store_connections_warm,
            settings.touch_after_s,
        )
