"""Server-side sessions in the memory of the one process that serves them."""

from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import session
from servers.stores.memory import MemorySessions
from servers.stores.sessions import Asks


class MemorySessionScheme(ComposedScheme):
    """Sessions in a dictionary: what a session costs when nothing has to travel for it."""

    name = "session-memory"
    summary = "Server-side session in a dictionary: one process only, lost with it."
    used_by = "express-session's MemoryStore and the first version of many a program."
    reason = (
        "Nothing to run beside the server, and the least a session can cost. It works with one process, "
        "forgets everybody at a restart, and its memory grows with the users logged in."
    )

    def compose(self) -> Parts:
        return session(
            self.settings, lambda: MemorySessions(self.settings.session_idle_s), Asks(), kind="memory"
        )
