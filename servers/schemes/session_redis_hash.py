"""Sessions in Redis as hashes, as Spring Session keeps them: four commands per read."""

from servers.answers.layers import DeferredWork
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import written_session
from servers.stores.redis.hash_sessions import HashSessions


class HashSessionScheme(ComposedScheme):
    """HGETALL, and before the answer EXISTS, HSET of the time of last use, PEXPIREAT."""

    name = "session-redis-hash"
    summary = "Session in Redis as a hash: HGETALL, EXISTS, HSET and PEXPIREAT per read."
    used_by = "Spring Session with RedisSessionRepository, its default."
    reason = (
        "Attributes are written one by one, so requests at once do not undo each other's changes, and only "
        "the time of last use is written here. EXISTS and HSET are two steps: a logout between them leaves a "
        "hash that lets nobody in, and goes after an idle period. Four round trips."
    )
    layer = DeferredWork

    def compose(self) -> Parts:
        return written_session(self.settings, HashSessions)
