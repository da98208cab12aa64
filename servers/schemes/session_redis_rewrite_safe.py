"""Sessions in Redis that are read and written back whole, but never back to life."""

from servers.answers.layers import DeferredWork
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import written_session
from servers.stores.redis.written_sessions import SafelyRewrittenSessions


class SafeRewriteSessionScheme(ComposedScheme):
    """GET, and SET with XX before the answer: a logout in between wins."""

    name = "session-redis-rewrite-safe"
    summary = "Session in Redis, GET and SET XX per read; what was ended stays ended."
    used_by = (
        "No library known to us. Django comes nearest: it refuses the request whose session has gone when it "
        "saves."
    )
    reason = (
        "What session-redis-rewrite would cost if a logout were final: as much. XX tells what is gone and "
        "not what has changed, so a changed role ends the user's sessions."
    )
    layer = DeferredWork

    def compose(self) -> Parts:
        return written_session(self.settings, SafelyRewrittenSessions)
