"""Server-side sessions in a table: where an application without a Redis keeps them.

SQLAlchemy is loaded when the store is opened: a command that only asks for cards would wait 0.3 s for it.
"""

from authbench.contracts.failure import Failure
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import session
from servers.stores.sessions import SessionStore
from servers.stores.sql.asks import ASKS
from servers.stores.sql.statement_counter import StatementCounter


class SqlSessionScheme(ComposedScheme):
    """Idle and absolute timeout; a use is written down at most every `session_touch_s` seconds."""

    name = "session-sql"
    used_by = "Django, Rails with activerecord-session_store, Laravel's database driver, Ory Kratos."

    def compose(self) -> Parts:
        self._statements = StatementCounter()
        after_s = self.settings.touch_after_s
        self.summary = f"Server-side session in SQL, one SELECT per read and an UPDATE every {after_s:g} s."
        self.reason = (
            "No second store to run, and sessions last through a restart and are backed up with "
            "the rest. A logout is final at once, everywhere. Every request costs a statement of a "
            f"database that everything else needs, too. Idle sessions end up to {after_s:g} s early."
        )
        return session(self.settings, self._open_store, ASKS, kind="sql")

    @property
    def store_statements(self) -> dict[str, int]:
        """As the engine sent them."""
        return dict(self._statements.counted)

    def prepare(self) -> None:
        """Failure if several processes would each have a table of their own."""
        if self.settings.workers > 1 and self.settings.session_database_url is None:
            raise Failure(f"{self.name} with several workers needs a session_database_url they share")
        super().prepare()

    def _open_store(self) -> SessionStore:
        from servers.database.engine import Database
        from servers.stores.sql.schema import SCHEMA
        from servers.stores.sql.sessions import SqlSessions

        settings = self.settings
        database = Database(settings.session_database_url, settings.database_deadline_ms / 1000, SCHEMA)
        return SqlSessions(database, settings.session_idle_s, settings.touch_after_s, self._statements)
