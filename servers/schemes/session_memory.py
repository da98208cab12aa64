"""Server-side sessions in the memory of the one process that serves them."""

from authbench.contracts.card import Card
from servers.schemes.parts.cookie_sessions import REDIS_COMMANDS, CookieSessions
from servers.schemes.parts.session_card import session_card
from servers.stores.memory import MemorySessions
from servers.stores.sessions import SessionStore


class MemorySessionScheme(CookieSessions):
    """Sessions in a dictionary: what a session costs when nothing has to travel for it."""

    name = "session-memory"

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        return session_card(
            name=self.name,
            summary="Server-side session in a dictionary: one process only, lost with it.",
            store="memory",
            store_commands={operation: {} for operation in REDIS_COMMANDS},
            used_by="express-session's MemoryStore and the first version of many a program.",
            reason="Nothing to run beside the server, and the least a session can cost. It works with one "
            "process, forgets everybody at a restart, and its memory grows with the users logged in.",
        )

    def open_store(self) -> SessionStore:
        """An empty one."""
        return MemorySessions(self.settings.session_idle_s)
