"""The PostgreSQL of a service that is not ours: the statements that its extension pg_stat_statements counted.

The extension counts a statement when it has ended without an error. A service may end its transaction after
it has replied: a reading therefore waits until no other connection to the database is busy or inside a
transaction, for half a second at most. What is counted is everything that the database was asked, by
whomever, except by this connection, whose statements carry a mark.

Neither bytes nor connections are told, and of the time only that of the execution: they are not measured.
"""

import asyncio
import os
import socket
import ssl
import statistics
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.records import Store
from loadtests.harness.target.statement_words import first_word, is_utility
from loadtests.harness.telemetry.store_counters import StoreCounts, subtract

_CONNECT_S = 5.0
_ANSWER_S = 30.0
_SETTLE_S = 0.5
_SETTLE_STEP_S = 0.01
_ROUND_TRIPS = 200
_TEXT = 1000
"""Characters of a statement that are read: comments may stand before its first word."""
_MARK = "authbench reads"
"""In a comment of each statement that is sent between the edges of slices."""
_FORM = "give postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of a password as %XX"
_LOAD = "set shared_preload_libraries = 'pg_stat_statements' in postgresql.conf, restart PostgreSQL"
_CREATE = "CREATE EXTENSION pg_stat_statements in this database"
_OLDEST = (1, 9)
"""Of the extension, in PostgreSQL 14: it tells what clients sent themselves, and whether it forgot any."""

_EXTENSION = """
SELECT quote_ident(n.nspname) AS schema, e.extversion AS version,
       pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS may_read, current_user AS reader
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'"""
_SERVER = "SELECT version() AS version, host(inet_server_addr()) AS host, inet_server_port() AS port"
_BUSY = (
    f"/* {_MARK} */ SELECT count(*) FROM pg_stat_activity "  # noqa: S608 - here as below, of constants only
    "WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend' AND state NOT IN ('idle', 'disabled')"
)
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class _Reading:
    """What was counted until a moment."""

    calls: dict[str, int]
    """Statements by their first word."""
    forgotten: tuple[Any, Any]
    """How often it forgot statements, before and after the calls were read: no sum is exact where it did."""


class Postgres:
    """A connection of the harness's own to the database that a service uses.

    `named`: what the URL is called in failures. `settle_s`: how long a reading waits for transactions to end.
    Failure in one line where nothing could be counted.
    """

    def __init__(self, url: str, named: str, settle_s: float = _SETTLE_S) -> None:
        self.named = named
        self._settle_s = settle_s
        self._runner = asyncio.Runner()
        self._connection: Any = None
        try:
            self._connection = self._connect(url)
            self._schema = self._find_extension()
            server = self._wait(self._connection.fetchrow(_SERVER))
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            self.stop()
            raise Failure(f"{named}: PostgreSQL does not say what it counted: {_line(error)}") from None
        except BaseException:
            self.stop()
            raise
        self._name, self._version = server["version"].split()[:2]
        self.at: tuple[str, int] | None = (server["host"], server["port"]) if server["host"] else None
        """Host and port that it listens at; None: a Unix socket."""

    def describe(self) -> Store:
        """Its name and version as it states them, and the round trip of SELECT 1 from here."""
        return Store(
            source="url",
            server=self._name,
            version=self._version,
            allocator="",
            transport="tcp" if self.at else "unix",
            round_trip_us=round(statistics.median(self._ask(self._round_trips())), 1),
        )

    def begin(self) -> Callable[[], StoreCounts]:
        """Read at the first edge of a slice; call what is returned at the second one."""
        earlier = self._ask(self._read())
        return lambda: self._since(earlier)

    def stop(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.terminate()
        self._runner.close()

    def _connect(self, url: str) -> Any:
        scheme, separator, rest = url.partition("://")
        if scheme.lower().partition("+")[0] not in ("postgresql", "postgres") or not separator:
            raise Failure(f"{self.named}: statements of PostgreSQL only are counted: {_FORM}")
        # Without the driver that SQLAlchemy's URLs name. No statement is kept: a pooler may be in between.
        dsn = f"postgresql://{rest}"
        settings = {"application_name": "authbench"}
        opened = asyncpg.connect(
            dsn,
            timeout=_CONNECT_S,
            command_timeout=_ANSWER_S,
            statement_cache_size=0,
            server_settings=settings,
        )
        try:
            return self._wait(opened)
        except asyncpg.InvalidPasswordError:
            raise Failure(f"{self.named}: PostgreSQL refuses this user or password: correct them") from None
        except asyncpg.PostgresError as error:
            raise Failure(f"{self.named}: PostgreSQL refuses: {_line(error)}") from None
        except (asyncpg.InterfaceError, ValueError):
            # Not quoted: what cannot be parsed may be a password.
            raise Failure(f"{self.named} cannot be read: {_FORM}") from None
        except OSError as error:
            what_to_do = "start it, or leave the URL out"
            raise Failure(
                f"{self.named}: no PostgreSQL answers there ({_why(error)}): {what_to_do}"
            ) from None

    def _find_extension(self) -> str:
        """The schema of the extension, quoted. Failure where it is missing, or counts nothing for us."""
        found = self._wait(self._connection.fetchrow(_EXTENSION))
        if found is None:
            raise Failure(f"{self.named}: pg_stat_statements is not there: {_LOAD}, and {_CREATE}")
        version = tuple(int(part) for part in found["version"].split("."))
        if version < _OLDEST:
            update = "ALTER EXTENSION pg_stat_statements UPDATE (PostgreSQL 14 or newer)"
            raise Failure(f"{self.named}: pg_stat_statements {found['version']} is too old: {update}")
        if not found["may_read"]:
            grant = f"GRANT pg_read_all_stats TO {found['reader']}"
            raise Failure(f"{self.named}: this user may not read what others asked: {grant}")
        schema = str(found["schema"])
        own = (
            f"/* {_MARK} */ SELECT coalesce(sum(calls), 0)::bigint FROM {schema}.pg_stat_statements "  # noqa: S608
            f"WHERE query LIKE '%{_MARK}%'"
        )
        try:
            before, after = (self._wait(self._connection.fetchval(own)) for _ in range(2))
        except asyncpg.ObjectNotInPrerequisiteStateError:
            raise Failure(f"{self.named}: pg_stat_statements is not loaded: {_LOAD}") from None
        if after == before:
            on = "set pg_stat_statements.track = top and compute_query_id = auto"
            raise Failure(f"{self.named}: pg_stat_statements is there and counts nothing: {on}")
        return schema

    def _wait(self, answer: Coroutine[Any, Any, _Result]) -> _Result:
        return self._runner.run(answer)

    def _ask(self, answer: Coroutine[Any, Any, _Result]) -> _Result:
        """Failure if it does not answer any more."""
        try:
            return self._wait(answer)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise Failure(
                f"PostgreSQL stopped answering ({_line(error)}). The run is marked as not complete: run it "
                "again",
                ExitCode.INVALID,
            ) from None

    async def _round_trips(self) -> list[float]:
        """Microseconds of each."""
        taken_us = []
        for _ in range(_ROUND_TRIPS):
            began_ns = time.perf_counter_ns()
            await self._connection.execute("SELECT 1")
            taken_us.append((time.perf_counter_ns() - began_ns) / 1e3)
        return taken_us

    async def _read(self) -> _Reading:
        waited_until_s = time.monotonic() + self._settle_s
        while await self._connection.fetchval(_BUSY) and time.monotonic() < waited_until_s:
            await asyncio.sleep(_SETTLE_STEP_S)
        before = await self._forgotten()
        rows = await self._connection.fetch(
            f"/* {_MARK} */ SELECT left(s.query, {_TEXT}) AS text, sum(s.calls)::bigint AS calls "  # noqa: S608
            f"FROM {self._schema}.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
            f"WHERE d.datname = current_database() AND s.toplevel "
            f"AND (s.query IS NULL OR s.query NOT LIKE '%{_MARK}%') GROUP BY 1"
        )
        calls: Counter[str] = Counter()
        for row in rows:
            calls[first_word(row["text"])] += row["calls"]
        return _Reading(dict(calls), (before, await self._forgotten()))

    async def _forgotten(self) -> Any:
        """How often the extension was full, and when it was reset."""
        return await self._connection.fetchrow(
            f"/* {_MARK} */ SELECT dealloc, stats_reset FROM {self._schema}.pg_stat_statements_info"  # noqa: S608
        )

    def _since(self, earlier: _Reading) -> StoreCounts:
        now = self._ask(self._read())
        counted = subtract(now.calls, earlier.calls)
        if now.forgotten[1] != earlier.forgotten[0] or any(count < 0 for count in counted.values()):
            raise Failure(
                f"{self.named}: pg_stat_statements forgot statements during a slice: raise "
                "pg_stat_statements.max, let nobody reset it, and run again",
                ExitCode.INVALID,
            )
        return StoreCounts(
            store_commands={word: count for word, count in counted.items() if not is_utility(word)},
            store_usec=None,
            harness_commands={word: count for word, count in counted.items() if is_utility(word)},
            store_bytes_in=None,
            store_bytes_out=None,
            store_connections_opened=None,
        )


def _why(error: OSError) -> str:
    """What the system says, without the address, which may be part of a password."""
    if isinstance(error, ssl.SSLError):
        return f"TLS: {getattr(error, 'verify_message', '') or error.reason}"
    if isinstance(error, socket.gaierror):
        return error.strerror or "the host's name is not known"
    return os.strerror(error.errno) if error.errno else f"no answer within {_CONNECT_S:g} s"


def _line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
