"""The table of sessions is emptied, and the database goes on."""

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import SqlDrill
from loadtests.drills.site.site import Site


class SqlEmptied(SqlDrill):
    """DELETE by another process, as an administrator's mistake or an old copy put back does."""

    name = "sql-emptied"
    summary = "delete every session from the database: who is logged out?"
    effect = Effect.EMPTIED
    failure_s = 0.5

    def begin(self, site: Site) -> None:
        self._left: list[int] = []
        for server in site.servers.values():
            server.session_file.empty()
            self._left.append(server.session_file.count())

    def during(self, site: Site) -> list[Proof]:
        return [
            Proof(
                what=f"sessions of {scheme} right afterwards",
                seen=f"{left}, of {self.sessions_before[scheme]}",
                # Logins under load may have come in between.
                acted=left < self.sessions_before[scheme] / 2,
            )
            for scheme, left in zip(site.servers, self._left, strict=True)
        ]

    def end(self, site: Site) -> None:
        """Nothing: what was deleted stays deleted."""

    def after(self, site: Site) -> list[Proof]:
        return self.writes(site, refused=False)
