"""Somebody else writes into the database of the sessions, and does not come to an end."""

import sqlite3

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import SqlDrill
from loadtests.drills.site.site import Site


class SqlLocked(SqlDrill):
    """An open transaction holds SQLite's one lock for writers, as a migration or a stopped process does.

    With a write-ahead log, readers go on.
    """

    name = "sql-locked"
    summary = "another process holds the session database's write lock for two seconds: who waits for it?"
    effect = Effect.IMPAIRED

    def begin(self, site: Site) -> None:
        self._locks: list[sqlite3.Connection] = [each.session_file.lock() for each in site.servers.values()]

    def during(self, site: Site) -> list[Proof]:
        return self.writes(site, refused=True)

    def end(self, site: Site) -> None:  # noqa: ARG002 - the locks are here
        for lock in self._locks:
            lock.close()

    def after(self, site: Site) -> list[Proof]:
        return self.writes(site, refused=False)
