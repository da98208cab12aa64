"""Server-side sessions in the memory of the one process that serves them."""

from authbench.card import Card
from servers.cookie_sessions import REDIS_COMMANDS, CookieSessions
from servers.stores.memory_sessions import MemorySessions
from servers.stores.sessions import SessionStore


class MemorySessionScheme(CookieSessions):
    """Sessions in a dictionary: what a session costs when nothing has to travel for it."""

    name = "session-memory"

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        return Card(
            name=self.name,
            summary="Server-side session in a dictionary: one process only, lost with it.",
            authenticates=True,
            carrier="cookie",
            travels="a random 256-bit session id, 43 characters",
            store="memory",
            store_commands={operation: {} for operation in REDIS_COMMANDS},
            logout_ends_credential=True,
            revocation_window_s=0,
            role_change_window_s=0,
            loopback_only=False,
        )

    def open_store(self) -> SessionStore:
        """An empty one."""
        return MemorySessions(self.settings.session_idle_s)
