"""The measuring interface: what the harness may ask a server, on a Unix socket of its own.

JSON lines: one request object a line, one reply object a line, `{"error": "..."}` for a bad request.
The socket has mode 0600 and exists only if the settings name it; it is never a route of the application.

    {"op": "card"}                                            -> the card
    {"op": "config"}                                          -> fields of records.ServerConfig
    {"op": "seed", "first": 0, "count": 9, "lifetime_s": 60}  -> {"credentials": [{"sub", "headers"}, ...]}
        and "refresh" in each if the scheme refreshes; "scope" may be asked for, it is "user" unless given;
        "jkt" binds them to a client's key
    {"op": "fill", "first": 0, "count": 9, "lifetime_s": 60}  -> {"count"}: the same, for nobody to present
    {"op": "account", "username", "password", "scope"}        -> {"username"}
    {"op": "accounts", "first": 0, "count": 9, "password"}    -> {"count"}: user-000000 on, scope "user"
    {"op": "role", "username", "scope"}                       -> {"username", "scope"}
    {"op": "disable", "username"}                             -> {"username"}
        after an error of these two the account may be changed and its credentials not yet: ask again
    {"op": "processes"}                                       -> {"pids": [...]}: of the whole server
    {"op": "store_statements"}                                -> {"select": 3, ...}: to its own SQL
    {"op": "counters"}                                        -> requests, in flight, connections, ...
    {"op": "store_memory"}                                    -> {"bytes"}: null if nothing is stored here
    {"op": "rotate_keys"}                                     -> {}: a fresh key, to sign with later
    {"op": "delete_keys"}                                     -> {"deleted"}
    {"op": "ping_store", "count": 200}                        -> {"round_trip_us": [...]}
"""

import asyncio
import contextlib
import json
import os
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from authbench.contracts.failure import Failure
from servers.answers.security_log import record
from servers.contract.claims import new_claims
from servers.contract.errors import DatabaseUnavailable, NotOffered, PasswordsBusy, StoreUnavailable
from servers.contract.scheme import Scheme
from servers.database.accounts import Account, Accounts, ReservedName
from servers.parsing.plain_text import is_plain
from servers.parsing.strict_json import json_object
from servers.parsing.usernames import is_username
from servers.passwords.hashing import Passwords
from servers.process.in_flight import InFlight
from servers.process.self_report import server_config

REQUEST_MAX_BYTES = 1 << 20
CREDENTIALS_MAX = 100_000
"""In one reply; ask again with another `first` for more."""
_PORTION = 1000
"""Accounts in one transaction, which has a deadline."""

Reply = dict[str, Any]


class BadRequest(Exception):
    """The request cannot be answered; the text says why."""


class Measuring:
    """Answers the harness about one running server."""

    def __init__(
        self,
        app: FastAPI,
        server: uvicorn.Server,
        in_flight: InFlight,
        pids: Sequence[int] = (),
        others: Sequence[str] = (),
    ) -> None:
        """`pids` are all processes of the server; `others`, the measuring sockets of all but this one."""
        self._pids = pids
        self._others = others
        self._app = app
        self._in_flight = in_flight
        self._server = server
        self._scheme: Scheme = app.state.scheme
        self._accounts: Accounts = app.state.accounts
        self._passwords: Passwords = app.state.passwords
        self._operations: dict[str, Callable[[Reply], Awaitable[Reply]]] = {
            "card": self._card,
            "config": self._config,
            "seed": self._seed,
            "fill": self._fill,
            "disable": self._disable,
            "store_statements": self._store_statements,
            "account": self._account,
            "accounts": self._accounts_many,
            "role": self._role,
            "processes": self._processes,
            "counters": self._counters,
            "store_memory": self._store_memory,
            "rotate_keys": self._rotate_keys,
            "delete_keys": self._delete_keys,
            "ping_store": self._ping_store,
        }
        self._administering = asyncio.Lock()
        """One change of an account at a time, first the account and then its credentials: of two changes the
        later one must be the last in both places."""
        self._listener: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._path: Path | None = None
        self._inode: tuple[int, int] | None = None
        """Device and number of the socket's file: another server may have put its own in its place."""

    async def start(self, path: str) -> None:
        """Listen on a new socket at `path`, mode 0600 from its first moment. Failure if that cannot be."""
        unix = socket.socket(socket.AF_UNIX)
        # umask, not chmod after bind: no moment at which others could connect.
        mask = os.umask(0o177)
        try:
            unix.bind(path)
        except OSError as error:
            unix.close()
            raise Failure(f"{path}: cannot open the measuring socket: {error.strerror or error}") from None
        finally:
            os.umask(mask)
        self._path = Path(path)
        self._inode = _inode(self._path)
        self._listener = await asyncio.start_unix_server(self._serve, sock=unix, limit=REQUEST_MAX_BYTES)

    async def stop(self) -> None:
        """Close the socket and remove its file, if it still is its file."""
        if self._listener is None or self._path is None:
            return
        self._listener.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        if _inode(self._path) == self._inode:
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self._connections.add(task)
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._reply(line), separators=(",", ":")).encode() + b"\n")
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass  # The harness left, or the server stops.
        except ValueError:
            writer.write(b'{"error":"the request line is too long"}\n')
        finally:
            self._connections.discard(task)
            with contextlib.suppress(OSError):
                writer.close()

    async def _reply(self, line: bytes) -> Reply:
        try:
            request = json_object(line)
        except ValueError:
            return {"error": "not a JSON object"}
        operation = request.get("op")
        if not isinstance(operation, str) or operation not in self._operations:
            return {"error": f"unknown op; known are {', '.join(self._operations)}"}
        try:
            return await self._operations[operation](request)
        except (BadRequest, ReservedName) as error:
            return {"error": str(error)}
        except (StoreUnavailable, DatabaseUnavailable) as error:
            what = "store" if isinstance(error, StoreUnavailable) else "database"
            return {"error": f"the {what} is unavailable: {error}"}
        except PasswordsBusy:
            return {"error": "too many logins at once"}

    async def _card(self, _: Reply) -> Reply:
        return self._scheme.card.model_dump(mode="json")

    async def _config(self, _: Reply) -> Reply:
        return server_config(self._app, self._server.config).model_dump(mode="json")

    async def _seed(self, request: Reply) -> Reply:
        first, count = _integer(request, "first", 0), _integer(request, "count", 0)
        lifetime_s = _integer(request, "lifetime_s", None)
        scope = _plain(request, "scope") if "scope" in request else "user"
        if count > CREDENTIALS_MAX:
            raise BadRequest(f"count is above {CREDENTIALS_MAX}")
        now = int(time.time())
        jkt = _plain(request, "jkt") if "jkt" in request else ""
        extra = self._scheme.settings.extra
        claims = [new_claims(sub, scope, lifetime_s, now, extra, jkt) for sub in _subjects(first, count)]
        credentials = [
            {"sub": item.claims.sub, "headers": item.headers}
            | ({"refresh": item.refresh} if item.refresh is not None else {})
            for item in await self._scheme.seed(claims)
        ]
        return {"credentials": credentials}

    async def _fill(self, request: Reply) -> Reply:
        """A portion at a time, so that a million never exist here at once."""
        first, count = _integer(request, "first", 0), _integer(request, "count", 0)
        lifetime_s = _integer(request, "lifetime_s", None)
        now = int(time.time())
        extra = self._scheme.settings.extra
        for start in range(first, first + count, _PORTION):
            portion = _subjects(start, min(_PORTION, first + count - start))
            await self._scheme.seed([new_claims(sub, "user", lifetime_s, now, extra) for sub in portion])
        return {"count": count}

    async def _disable(self, request: Reply) -> Reply:
        """As an administrator's page would do it."""
        username = _username(request)
        # The account first: a login from now on is refused, one under way is refused by `issue`.
        async with self._administering:
            await self._accounts.disable(username)
            await self._scheme.end_all(username)
        record("account_disabled", user=username)
        return {"username": username}

    async def _store_statements(self, _: Reply) -> Reply:
        return await self._of_all("store_statements", self._scheme.store_statements)

    async def _processes(self, _: Reply) -> Reply:
        return {"pids": list(self._pids)}

    async def _of_all(self, operation: str, own: Reply) -> Reply:
        """Numbers of this process and of the server's others, added up by name."""
        total = dict(own)
        for path in self._others:
            reader, writer = await asyncio.open_unix_connection(path, limit=REQUEST_MAX_BYTES)
            try:
                writer.write(json.dumps({"op": operation}).encode() + b"\n")
                for name, number in json.loads(await reader.readline()).items():
                    total[name] = total.get(name, 0) + number
            finally:
                writer.close()
        return total

    async def _account(self, request: Reply) -> Reply:
        username, password, scope = _username(request), _text(request, "password"), _plain(request, "scope")
        await self._accounts.add(Account(username, await self._passwords.hash(password), scope))
        return {"username": username}

    async def _accounts_many(self, request: Reply) -> Reply:
        first, count = _integer(request, "first", 0), _integer(request, "count", 0)
        if count > CREDENTIALS_MAX:
            raise BadRequest(f"count is above {CREDENTIALS_MAX}")
        # One hash for all of them: one each would take half an hour for as many as a population needs.
        shared = await self._passwords.hash(_text(request, "password"))
        subjects = _subjects(first, count)
        for start in range(0, count, _PORTION):
            portion = subjects[start : start + _PORTION]
            await self._accounts.add(*(Account(sub, shared, "user") for sub in portion))
        return {"count": count}

    async def _role(self, request: Reply) -> Reply:
        """As an administrator's page would do it. Seeded users have credentials without an account."""
        username, scope = _username(request), _plain(request, "scope")
        # The account first: a login from now on reads the new scope, one under way is refused.
        async with self._administering:
            await self._accounts.change_scope(username, scope)
            await self._scheme.role_changed(username, scope)
        record("role_change", user=username, scope=scope)
        return {"username": username, "scope": scope}

    async def _counters(self, _: Reply) -> Reply:
        state = self._server.server_state
        own = {
            "requests_total": state.total_requests,
            "in_flight": len(state.tasks),
            "in_flight_ns": self._in_flight.integral_ns(),
            "connections": len(state.connections),
            "credentials_issued": self._scheme.credentials_issued,
            "store_unavailable": self._scheme.store_failures,
            "password_cpu_ns": self._passwords.cpu_ns,
        }
        return await self._of_all("counters", own)

    async def _store_memory(self, _: Reply) -> Reply:
        return {"bytes": self._scheme.store_memory_bytes()}

    async def _rotate_keys(self, _: Reply) -> Reply:
        if len(self._pids) > 1 and self._scheme.settings.keys_directory is None:
            raise BadRequest("rotate_keys: without a directory processes share only their first key")
        try:
            self._scheme.rotate_keys()
        except NotOffered:
            raise BadRequest("rotate_keys: this scheme has no key to replace") from None
        return {}

    async def _delete_keys(self, _: Reply) -> Reply:
        return {"deleted": await self._scheme.delete_keys()}

    async def _ping_store(self, request: Reply) -> Reply:
        return {"round_trip_us": await self._scheme.ping_store(_integer(request, "count", 1))}


def _subjects(first: int, count: int) -> list[str]:
    return [f"user-{number:06d}" for number in range(first, first + count)]


def _integer(request: Reply, name: str, minimum: int | None) -> int:
    value = request.get(name)
    if type(value) is not int or (minimum is not None and value < minimum) or abs(value) > 1 << 40:
        raise BadRequest(
            f"{name}: an integer is needed" + ("" if minimum is None else f" of {minimum} or more")
        )
    return value


def _text(request: Reply, name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{name}: a text is needed")
    return value


def _plain(request: Reply, name: str) -> str:
    text = _text(request, name)
    if not is_plain(text):
        raise BadRequest(f"{name}: a text without control characters is needed")
    return text


def _username(request: Reply) -> str:
    text = _text(request, "username")
    if not is_username(text):
        raise BadRequest(
            "username: a text of 1 to 64 characters, none of them a control character, is needed"
        )
    return text


def _inode(path: Path) -> tuple[int, int] | None:
    """Which file is there, whatever its name leads to; None without one."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
