"""Sessions in Redis that are read and written back whole, but never back to life."""

from authbench.contracts.card import Card
from servers.schemes.parts.session_card import session_card
from servers.schemes.parts.session_commands import reading_by
from servers.schemes.parts.written_session_scheme import WrittenSessionScheme
from servers.stores.redis.rewritten_sessions import SafelyRewrittenSessions


class SafeRewriteSessionScheme(WrittenSessionScheme):
    """GET, and SET with XX before the answer: a logout in between wins."""

    name = "session-redis-rewrite-safe"
    sessions = SafelyRewrittenSessions

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        return session_card(
            name=self.name,
            summary="Session in Redis, GET and SET XX per read; what was ended stays ended.",
            store="redis",
            store_commands=reading_by({"get": 1, "set": 1}, last_read={"get": 1}),
            used_by="No library known to us. Django comes nearest: it refuses the request whose session has "
            "gone when it saves.",
            reason="What session-redis-rewrite would cost if a logout were final: as much. XX tells what is "
            "gone and not what has changed, so a changed role ends the user's sessions.",
        )
