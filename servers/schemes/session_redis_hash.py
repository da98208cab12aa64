"""Sessions in Redis as hashes, as Spring Session keeps them: four commands per read."""

from authbench.contracts.card import Card, Operation
from servers.schemes.parts.cookie_sessions import REDIS_COMMANDS
from servers.schemes.parts.session_card import session_card
from servers.schemes.parts.session_commands import reading_by
from servers.schemes.parts.written_session_scheme import WrittenSessionScheme
from servers.stores.redis.hash_sessions import HashSessions

_READ = {"hgetall": 1, "exists": 1, "hset": 1, "pexpireat": 1}
_LOGIN = {**REDIS_COMMANDS[Operation.LOGIN], "set": 1, "hset": 1, "expire": 1}
"""A session is made by HSET and EXPIRE; the SET that is left is the mark's."""


class HashSessionScheme(WrittenSessionScheme):
    """HGETALL, and before the answer EXISTS, HSET of the time of last use, PEXPIREAT."""

    name = "session-redis-hash"
    sessions = HashSessions

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        return session_card(
            name=self.name,
            summary="Session in Redis as a hash: HGETALL, EXISTS, HSET and PEXPIREAT per read.",
            store="redis",
            store_commands={
                **reading_by(_READ, last_read={"hgetall": 1}),
                Operation.LOGIN: _LOGIN,
                Operation.LOGOUT: {"evalsha": 1, "hget": 1, "del": 1, "zrem": 1},
            },
            used_by="Spring Session with RedisSessionRepository, its default.",
            reason="Attributes are written one by one, so requests at once do not undo each other's changes, "
            "and only the time of last use is written here. EXISTS and HSET are two steps: a logout between "
            "them leaves a hash that lets nobody in, and goes after an idle period. Four round trips.",
        )
