"""The SQLite file in which a server has its sessions, as another process of the machine sees it."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

LOCKED_S = 0.1
"""A probe that has no lock by then found somebody else holding it, who may be the server for that long."""
LOCK_S = 5.0
"""For a lock that is given back: a server that writes has it for as long as the disk takes."""


class SessionFile:
    """Reads it, locks it and empties it beside the server."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def count(self) -> int:
        """How many sessions are in it."""
        with self._connect(LOCK_S) as connection:
            return int(connection.execute("SELECT count(*) FROM sessions").fetchone()[0])

    def refusal_of_a_write(self, within_s: float = LOCK_S) -> str | None:
        """With which words SQLite refuses another writer for so many seconds; None: it would be let in."""
        with self._connect(within_s) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
            except sqlite3.OperationalError as error:
                return str(error)
        return None

    def lock(self) -> sqlite3.Connection:
        """Begin a transaction that writes, and leave it open; `close` gives the lock back."""
        connection = sqlite3.connect(self.path, timeout=LOCK_S, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        return connection

    def empty(self) -> None:
        """Remove every session, and what is known of each user's."""
        with self._connect(LOCK_S) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM sessions")
            connection.execute("DELETE FROM session_epochs")
            connection.execute("COMMIT")

    @contextlib.contextmanager
    def _connect(self, timeout_s: float) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=timeout_s, isolation_level=None)
        with contextlib.closing(connection):
            yield connection
