"""The measuring interface: what the harness may ask a server, on a Unix socket of its own.

It speaks `authbench.contracts.measuring_protocol`. The socket has mode 0600 and exists only if the settings
name it; it is never a route of the application.
"""

import asyncio
import contextlib
import os
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from authbench.contracts import measuring_protocol as protocol
from authbench.contracts.failure import Failure
from authbench.contracts.message import ErrorReply, OrderError, Reply, read_order, read_reply
from servers.answers.security_log import record
from servers.contract.claims import new_claims
from servers.contract.errors import DatabaseUnavailable, NotOffered, PasswordsBusy, StoreUnavailable
from servers.contract.scheme import Account, Credential, Scheme
from servers.database.accounts import Accounts, ReservedName
from servers.parsing.plain_text import is_plain
from servers.parsing.usernames import is_username
from servers.passwords.hashing import Passwords
from servers.process.in_flight import InFlight
from servers.process.self_report import server_config

REQUEST_MAX_BYTES = 1 << 20
_PORTION = 1000
"""Accounts in one transaction, which has a deadline; credentials made at a time."""

_Reply = TypeVar("_Reply", bound=BaseModel)


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
        self._administering = asyncio.Lock()
        """One change of an account at a time, first the account and then its credentials: of two changes the
        later one must be the last in both places."""
        self._listener: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._path: Path | None = None
        self._file: os.stat_result | None = None
        """The socket's file: another server may have put its own in its place."""

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
        self._file = self._path.lstat()
        self._listener = await asyncio.start_unix_server(self._serve, sock=unix, limit=REQUEST_MAX_BYTES)

    async def stop(self) -> None:
        """Close the socket and remove its file, if it still is its own."""
        if self._listener is None or self._path is None or self._file is None:
            return
        self._listener.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        with contextlib.suppress(OSError):
            if os.path.samestat(self._path.lstat(), self._file):
                self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self._connections.add(task)
        try:
            while line := await reader.readline():
                writer.write((await self._reply(line)).model_dump_json().encode() + b"\n")
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass  # The harness left, or the server stops.
        except ValueError:
            writer.write(ErrorReply(error="the request line is too long").line())
        finally:
            self._connections.discard(task)
            with contextlib.suppress(OSError):
                writer.close()

    async def _reply(self, line: bytes) -> BaseModel:
        try:
            return await self._carry_out(read_order(line, protocol.ORDERS))
        except (OrderError, ReservedName) as error:
            return ErrorReply(error=str(error))
        except (StoreUnavailable, DatabaseUnavailable) as error:
            what = "store" if isinstance(error, StoreUnavailable) else "database"
            return ErrorReply(error=f"the {what} is unavailable: {error}")
        except PasswordsBusy:
            return ErrorReply(error="too many logins at once")

    async def _carry_out(self, order: protocol.Order) -> BaseModel:
        reply: BaseModel = Reply()
        match order:
            case protocol.Question():
                reply = await self._answer(order)
            case protocol.SeedOrder():
                reply = await self._seed(order)
            case protocol.FillOrder():
                for subjects in _portions(order.first, order.count):
                    await self._issue(subjects, "user", order.lifetime_s)
            case protocol.AccountOrder():
                scope = _plain("scope", order.scope)
                await self._add_accounts([[_username(order.username)]], order.password, scope)
            case protocol.AccountsOrder():
                await self._add_accounts(_portions(order.first, order.count), order.password, "user")
            case protocol.RoleOrder():
                await self._change_role(order)
            case protocol.DisableOrder():
                await self._disable(order)
            case protocol.PingOrder():
                reply = protocol.RoundTrips(round_trip_us=await self._scheme.ping_store(order.count))
        return reply

    async def _answer(self, question: protocol.Question) -> BaseModel:
        reply: BaseModel
        match question.op:
            case "card":
                reply = self._scheme.card
            case "config":
                reply = server_config(self._app, self._server.config)
            case "counters":
                reply = await self._counters(question)
            case "processes":
                reply = protocol.Processes(pids=list(self._pids))
            case "store_statements":
                reply = await self._statements(question)
            case "store_memory":
                reply = protocol.StoredBytes(bytes=self._scheme.store_memory_bytes())
            case "rotate_keys":
                reply = self._rotate_keys()
            case "delete_keys":
                reply = protocol.Deleted(deleted=await self._scheme.delete_keys())
        return reply

    async def _seed(self, order: protocol.SeedOrder) -> protocol.Seeded:
        scope, jkt = _plain("scope", order.scope), _plain("jkt", order.jkt)
        seeded = await self._issue(_subjects(order.first, order.count), scope, order.lifetime_s, jkt)
        return protocol.Seeded(
            credentials=[
                protocol.Credential(sub=item.claims.sub, headers=dict(item.headers), refresh=item.refresh)
                for item in seeded
            ]
        )

    async def _issue(
        self, subjects: list[str], scope: str, lifetime_s: int, jkt: str = ""
    ) -> list[Credential]:
        now, extra = int(time.time()), self._scheme.settings.extra
        return await self._scheme.seed(
            [new_claims(sub, scope, lifetime_s, now, extra, jkt) for sub in subjects]
        )

    async def _add_accounts(self, portions: Iterable[list[str]], password: str, scope: str) -> None:
        # One hash for all of them: one each would take half an hour for as many as a population needs.
        shared = await self._passwords.hash(password)
        for names in portions:
            await self._accounts.add(*(Account(name, shared, scope) for name in names))

    async def _change_role(self, order: protocol.RoleOrder) -> None:
        # Of a user without an account, only the credentials change: seeded users are such.
        username, scope = _username(order.username), _plain("scope", order.scope)
        # The account first: a login from now on reads the new scope, one under way is refused.
        async with self._administering:
            await self._accounts.change_scope(username, scope)
            await self._scheme.role_changed(username, scope)
        record("role_change", user=username, scope=scope)

    async def _disable(self, order: protocol.DisableOrder) -> None:
        username = _username(order.username)
        # The account first: a login from now on is refused, one under way is refused by `issue`.
        async with self._administering:
            await self._accounts.disable(username)
            await self._scheme.end_all(username)
        record("account_disabled", user=username)

    async def _of_others(self, question: protocol.Question, expected: type[_Reply]) -> list[_Reply]:
        replies = []
        for path in self._others:
            reader, writer = await asyncio.open_unix_connection(path, limit=REQUEST_MAX_BYTES)
            try:
                writer.write(question.line())
                replies.append(read_reply(await reader.readline(), expected))
            finally:
                writer.close()
        return replies

    async def _counters(self, question: protocol.Question) -> protocol.Counters:
        state = self._server.server_state
        own = protocol.Counters(
            requests_total=state.total_requests,
            in_flight=len(state.tasks),
            in_flight_ns=self._in_flight.integral_ns(),
            connections=len(state.connections),
            credentials_issued=self._scheme.credentials_issued,
            store_unavailable=self._scheme.store_failures,
            password_cpu_ns=self._passwords.cpu_ns,
        )
        total = Counter(own.model_dump())
        for other in await self._of_others(question, protocol.Counters):
            total.update(other.model_dump())
        return protocol.Counters(**total)

    async def _statements(self, question: protocol.Question) -> protocol.Statements:
        total: Counter[str] = Counter(self._scheme.store_statements)
        for other in await self._of_others(question, protocol.Statements):
            total.update(other.root)
        return protocol.Statements(root=dict(total))

    def _rotate_keys(self) -> Reply:
        if len(self._pids) > 1 and self._scheme.settings.keys_directory is None:
            raise OrderError("rotate_keys: without a directory processes share only their first key")
        try:
            self._scheme.rotate_keys()
        except NotOffered:
            raise OrderError("rotate_keys: this scheme has no key to replace") from None
        return Reply()


def _subjects(first: int, count: int) -> list[str]:
    return [f"user-{number:06d}" for number in range(first, first + count)]


def _portions(first: int, count: int) -> Iterator[list[str]]:
    """The subjects in lists of at most `_PORTION`, so that a million never exist at once."""
    for start in range(first, first + count, _PORTION):
        yield _subjects(start, min(_PORTION, first + count - start))


def _plain(name: str, text: str) -> str:
    if not is_plain(text):
        raise OrderError(f"{name}: a text without control characters is needed")
    return text


def _username(text: str) -> str:
    if not is_username(text):
        raise OrderError(
            "username: a text of 1 to 64 characters, none of them a control character, is needed"
        )
    return text
