"""Server-side sessions in a table: where an application without a Redis keeps them."""

from authbench.contracts.card import Card, Operation
from authbench.contracts.failure import Failure
from servers.contract.settings import ServerSettings
from servers.database.engine import Database
from servers.schemes.parts.cookie_sessions import CookieSessions
from servers.schemes.parts.session_card import session_card
from servers.stores.sessions import SessionStore
from servers.stores.sql.schema import SCHEMA
from servers.stores.sql.sessions import SqlSessions

_ONCE = {"select": 1}
_FIRST = {"select": 1, "update": 1}
_READS = (Operation.READ, Operation.LIST_ORDERS, Operation.ADD_ORDER, Operation.ADMIN_REPORT)
_EVERYWHERE = {"insert": 1, "delete": 1}


class SqlSessionScheme(CookieSessions):
    """Idle and absolute timeout; a use is written down at most every `session_touch_s` seconds."""

    name = "session-sql"

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._sql: SqlSessions | None = None

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        after_s = self.settings.touch_after_s
        return session_card(
            name=self.name,
            summary=f"Server-side session in SQL, one SELECT per read and an UPDATE every {after_s:g} s.",
            store="sql",
            store_commands={
                Operation.PUBLIC: {},
                **dict.fromkeys(_READS, _FIRST),
                # The user's epoch; its row, which is held; the session.
                Operation.LOGIN: {"select": 1, "insert": 2},
                Operation.LOGOUT: {"delete": 1},
                Operation.LOGOUT_EVERYWHERE: {**_FIRST, **_EVERYWHERE},
            },
            repeated_commands={
                **dict.fromkeys(_READS, _ONCE),
                Operation.LOGOUT_EVERYWHERE: {**_ONCE, **_EVERYWHERE},
            },
            used_by="Django, Rails with activerecord-session_store, Laravel's database driver, Ory Kratos.",
            reason="No second store to run, and sessions last through a restart and are backed up with the "
            "rest. A logout is final at once, everywhere. Every request costs a statement of a database that "
            f"everything else needs, too. Idle sessions end up to {after_s:g} s early.",
        )

    @property
    def store_statements(self) -> dict[str, int]:
        """As the engine sent them."""
        return dict(self._sql.statements.counted) if self._sql else {}

    def prepare(self) -> None:
        """Failure if several processes would each have a table of their own."""
        if self.settings.workers > 1 and self.settings.session_database_url is None:
            raise Failure(f"{self.name} with several workers needs a session_database_url they share")
        super().prepare()

    def open_store(self) -> SessionStore:
        """Sessions behind a database of their own."""
        settings = self.settings
        database = Database(settings.session_database_url, settings.database_deadline_ms / 1000, SCHEMA)
        self._sql = SqlSessions(database, settings.session_idle_s, settings.touch_after_s)
        return self._sql
