"""A running server whose credentials are revoked: its clients, its accounts, its measuring interface."""

import itertools
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from authbench.contracts.card import Card
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.measuring_protocol import AccountsOrder, DisableOrder, Order, RoleOrder
from authbench.contracts.message import Reply as Done
from loadtests.clients.blocking_client import BlockingClient, Reply
from loadtests.clients.client import Client, Login
from loadtests.harness.processes.server import Server

_FIRST_ACCOUNT = 2_000_000
"""Accounts whose credentials are revoked are numbered from here on: nobody under load is one of them."""
_FIRST_SPARE = 3_000_000
"""And those of revocations that are repeated from here on: the account of the first try may have changed."""
_TRIES = 3
_PAUSE_S = 0.2
_BUSY = 503
"""RFC 9110 section 15.6.4: the server is overloaded for a while; whoever is told so can ask again."""
_M = TypeVar("_M", bound=BaseModel)


class NotRevoked(Exception):
    """A login or the call that revokes did not do what it must: nothing can be said of this credential."""

    def __init__(self, message: str, *, ask_again: bool = False) -> None:
        """`ask_again`: it may be done later, as the server says (503) or its measuring interface does, or
        because the machine was too busy.
        """
        super().__init__(message)
        self.ask_again = ask_again


@dataclass
class Slot:
    """What one thread needs to revoke one credential at a time."""

    number: int
    clients: Sequence[BlockingClient]
    """One connection to each worker process."""


@dataclass
class Site:
    """One server. Threads share it; only the measuring interface has to be taken in turn."""

    server: Server
    card: Card
    client: Client
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    _asking: threading.Lock = field(default_factory=threading.Lock)
    _spare: Iterator[int] = field(default_factory=lambda: itertools.count(_FIRST_SPARE))

    def ask(self, order: Order, expected: type[_M]) -> _M:
        """Send an order to the measuring interface."""
        with self._asking:
            return self.server.ask(order, expected)

    def administer(self, order: RoleOrder | DisableOrder | AccountsOrder) -> None:
        """Change an account. NotRevoked if the server cannot do it now, such as when its store is too slow:
        then the account may be changed, and its credentials not yet.
        """
        try:
            self.ask(order, Done)
        except Failure as failure:
            if failure.exit_code is not ExitCode.INTERNAL:  # the server is gone
                raise
            raise NotRevoked(str(failure), ask_again=True) from None

    def make_accounts(self, first: int, count: int) -> list[str]:
        """Accounts number `first` on, with one password and the scope `user`; their names."""
        first += _FIRST_ACCOUNT
        self.ask(AccountsOrder(first=first, count=count, password=self.password), Done)
        return [f"user-{number:06d}" for number in range(first, first + count)]

    def make_spare_account(self) -> str:
        """One more such account; its name. NotRevoked as of `administer`."""
        number = next(self._spare)
        self.administer(AccountsOrder(first=number, count=1, password=self.password))
        return f"user-{number:06d}"

    def log_in(self, connection: BlockingClient, username: str) -> Login:
        """A fresh login, as a client of this scheme does it. NotRevoked if it fails.

        Tried again where the server is too busy: it is not the login that is measured.
        """
        headers = self.client.login_headers(lambda: connection.request("GET", "/csrf").set_cookies)
        body = {"username": username, "password": self.password}
        reply = connection.request("POST", "/login", headers, body)
        for _ in range(_TRIES):
            if reply.status != _BUSY:
                break
            time.sleep(_PAUSE_S)
            reply = connection.request("POST", "/login", headers, body)
        login = self.client.keep(reply.set_cookies, reply.json()) if reply.status == 200 else None
        if login is None:
            raise NotRevoked(f"POST /login answered {reply.status}", ask_again=reply.status == _BUSY)
        return login

    def send(
        self, connection: BlockingClient, path: str, credential: Mapping[str, str], body: Any = None
    ) -> Reply:
        """POST with everything a client of this scheme presents. NotRevoked unless 204 is the answer."""
        headers = self.client.headers("POST", path, credential)
        reply = connection.request("POST", path, headers, body)
        if reply.status != 204:
            raise NotRevoked(f"POST {path} answered {reply.status}", ask_again=reply.status == _BUSY)
        return reply
