"""Many accounts at once, and guesses at their passwords as fast as a client can send them."""

import secrets
from collections.abc import Callable

from authbench.contracts import message
from authbench.contracts.measuring_protocol import AccountsOrder
from loadtests.attacks.laboratory.lab import AttackLab
from loadtests.clients.blocking_client import BlockingClient, Reply
from loadtests.clients.client import Client, Headers

_TRIES = 3
"""Of one guess, while the server is too busy to answer."""


def many_accounts(lab: AttackLab, count: int, password: str) -> list[str]:
    """Make so many accounts with one password; their names. Nobody else uses them."""
    first = 100_000_000 + secrets.randbelow(800_000_000)
    lab.target.server.ask(AccountsOrder(first=first, count=count, password=password), message.Reply)
    return [f"user-{number:06d}" for number in range(first, first + count)]


def unknown_names(count: int) -> list[str]:
    """Names of the same shape that nobody has."""
    first = 1_000_000_000 + secrets.randbelow(1_000_000_000)
    return [f"user-{number:06d}" for number in range(first, first + count)]


class Guesser:
    """Logs in with names and passwords of its choice, as a device that nobody knows."""

    def __init__(self, lab: AttackLab, connection: BlockingClient) -> None:
        self._lab = lab
        self._connection = connection
        self._client = Client(lab.card, lab.target.origin)
        # One token serves any number of guesses: it is there against other sites, and not against guessing.
        csrf = connection.request("GET", "/csrf").set_cookies
        self._ask_for_csrf: Callable[[], list[str]] = lambda: csrf

    def headers(self) -> Headers:
        """What goes with the next guess. Made apart, because signing a proof takes time."""
        return self._client.login_headers(self._ask_for_csrf)

    def guess(self, username: str, password: str, headers: Headers | None = None) -> Reply:
        self._lab.target.go_on()
        sent = self.headers() if headers is None else headers
        body = {"username": username, "password": password}
        return self._connection.request("POST", "/login", sent, body)

    def persist(self, username: str, password: str) -> Reply:
        """The same, again while the server is too busy to say anything."""
        for _ in range(_TRIES):
            reply = self.guess(username, password)
            if reply.answered:
                break
        return reply

    def orders(self, username: str, reply: Reply) -> bool:
        """Whether this reply is a login of the user's: then an order with it stands under the name."""
        login = self._client.keep(reply.set_cookies, reply.json()) if reply.status == 200 else None
        if login is None:
            return False
        sent = self._client.headers("POST", "/orders", self._lab.with_csrf(login.headers))
        return self._lab.writes("an order with the login that was guessed", username, sent)
