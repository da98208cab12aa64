"""Server-side sessions in Redis. A read is one GETEX; the card says what every other operation asks."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import redis_session
from servers.stores.redis.sessions import RedisSessions


class RedisSessionScheme(ComposedScheme):
    """Sessions in Redis, through redis-py."""

    name = "session-redis"
    summary = "Server-side session in Redis, one GETEX per read."
    used_by = (
        "express-session with connect-redis as its manual recommends, but for one command where that sends "
        "two: GET and EXPIRE."
    )
    reason = (
        "Idle and absolute timeout for one command a request, a logout is final at once and everywhere, and "
        "nothing on the way of a read writes a value. Every request depends on Redis."
    )

    def compose(self) -> Parts:
        return redis_session(self.settings, RedisSessions)
