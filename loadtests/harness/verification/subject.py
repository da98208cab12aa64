"""One arm while it is verified: its client, its store's counters, and the results so far."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from authbench.contracts import message
from authbench.contracts.card import Card, Operation
from authbench.contracts.measuring_protocol import AccountOrder
from authbench.contracts.records import CheckResult
from loadtests.clients.blocking_client import BlockingClient, Reply
from loadtests.clients.client import Client, Headers, Login
from loadtests.harness.processes.running_server import RunningServer

CountStore = Callable[[RunningServer, Callable[[], object]], dict[str, int]]
"""Runs a function and returns the store commands the server sent meanwhile."""

Account = Mapping[str, str]
"""The username and password of a login."""


@dataclass
class Subject:
    """An arm under verification."""

    server: RunningServer
    card: Card
    client: Client
    connection: BlockingClient
    count_store: CountStore
    results: list[CheckResult] = field(default_factory=list)

    def check(self, name: str, passed: bool, detail: str = "") -> None:
        """Record one result; its detail is kept only if it did not pass."""
        detail = "" if passed else detail
        self.results.append(CheckResult(check=name, arm=self.server.arm, passed=passed, detail=detail))

    def check_status(self, name: str, reply: Reply, expected: int) -> None:
        self.check(name, reply.status == expected, f"status {reply.status} instead of {expected}")

    def check_refused(self, name: str, reply: Reply) -> None:
        """Check for a refusal of any kind; an internal server error is none."""
        self.check(name, 400 <= reply.status < 500, f"status {reply.status} instead of a refusal")

    def ask(self, method: str, path: str, credential: Headers, body: Any = None) -> Reply:
        """Send a request with everything a client of this scheme presents."""
        return self.connection.request(method, path, self.client.headers(method, path, credential), body)

    def new_account(self, scope: str = "user") -> Account:
        """Make an account that nobody else uses."""
        account = {"username": f"verification-{secrets.token_hex(4)}", "password": secrets.token_urlsafe(16)}
        self.server.ask(AccountOrder(**account, scope=scope), message.Reply)
        return account

    def send_login(self, account: Account) -> Reply:
        """POST /login, and before it what a client must send."""
        headers = self.client.login_headers(lambda: self.connection.request("GET", "/csrf").set_cookies)
        return self.connection.request("POST", "/login", headers, dict(account))

    def log_in(self, account: Account) -> Login | None:
        """A login that must succeed and send the store the card's commands; None if it fails."""
        headers = self.client.login_headers(lambda: self.connection.request("GET", "/csrf").set_cookies)
        (reply,) = self.counted(
            Operation.LOGIN, lambda: self.connection.request("POST", "/login", headers, dict(account))
        )
        login = self.keep(reply)
        self.check("login", login is not None, f"status {reply.status}")
        return login

    def refresh(self, token: str | None) -> Reply:
        headers = self.client.refresh_headers()
        return self.connection.request("POST", "/refresh", headers, {"refresh_token": token})

    def keep(self, reply: Reply) -> Login | None:
        return self.client.keep(reply.set_cookies, reply.json()) if reply.status == 200 else None

    def counted(
        self, operation: Operation, send: Callable[[], Reply], times: int = 1, *, repeated: bool = False
    ) -> list[Reply]:
        """Send, and compare the store commands with the card: exactly, for first or for repeated requests."""
        replies: list[Reply] = []
        counted = self.count_store(self.server, lambda: replies.extend(send() for _ in range(times)))
        each = self.card.store_commands[operation]
        if repeated:
            each = self.card.repeated_commands.get(operation, each)
        expected = {name: count * times for name, count in each.items() if count}
        what = f"store commands of {operation}" + (", repeated" if repeated else "")
        self.check(what, counted == expected, f"{counted} instead of {expected}")
        return replies
