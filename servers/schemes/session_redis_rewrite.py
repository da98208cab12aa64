"""Sessions in Redis as several libraries keep them: read, and written back whole. UNSAFE at logout."""

from servers.answers.layers import DeferredWork
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import written_session
from servers.stores.redis.written_sessions import RewrittenSessions


class RewriteSessionScheme(ComposedScheme):
    """GET, and SET before the answer: a request in flight at logout brings the session back."""

    name = "session-redis-rewrite"
    summary = "Session in Redis, GET and SET per read; a request in flight undoes a logout."
    used_by = (
        "starsessions, Flask-Session, Litestar, express-session and @fastify/session, all unless told "
        "otherwise."
    )
    reason = (
        "Handlers may change the session at will, and the idle timeout comes for free. A logout, a changed "
        "role or a disabled account take force at once, unless a request that read the session before writes "
        "it back afterwards: then it is all undone until the session expires."
    )
    layer = DeferredWork

    def compose(self) -> Parts:
        return written_session(self.settings, RewrittenSessions, revived=True)
