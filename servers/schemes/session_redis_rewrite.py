"""Sessions in Redis as several libraries keep them: read, and written back whole. UNSAFE at logout."""

from authbench.contracts.card import Card
from servers.schemes.parts.session_card import session_card
from servers.schemes.parts.session_commands import reading_by
from servers.schemes.parts.written_session_scheme import WrittenSessionScheme
from servers.stores.redis.rewritten_sessions import RewrittenSessions


class RewriteSessionScheme(WrittenSessionScheme):
    """GET, and SET before the answer: a request in flight at logout brings the session back."""

    name = "session-redis-rewrite"
    sessions = RewrittenSessions

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        revived_s = self.settings.session_absolute_s
        return session_card(
            name=self.name,
            summary="Session in Redis, GET and SET per read; a request in flight undoes a logout.",
            store="redis",
            store_commands=reading_by({"get": 1, "set": 1}, last_read={"get": 1}),
            revocation_window_s=revived_s,
            role_change_window_s=revived_s,
            disabled_window_s=revived_s,
            revived_by_requests_in_flight=True,
            used_by="starsessions, Flask-Session, Litestar, express-session and @fastify/session, all unless "
            "told otherwise.",
            reason="Handlers may change the session at will, and the idle timeout comes for free. A logout, "
            "a changed role or a disabled account take force at once, unless a request that read the session "
            "before writes it back afterwards: then it is all undone until the session expires.",
        )
