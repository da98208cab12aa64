"""Accounts in memory. A real service has a database here; it is the same behind every scheme."""

from dataclasses import dataclass

DEMO_PASSWORD = "correct horse battery staple"  # noqa: S105 - published on purpose, loopback only
DEMO_ACCOUNTS = {"alice": "user", "root": "user admin"}
"""Username -> scope."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can log in. The username is the subject; the scope is space-separated."""

    username: str
    password_hash: str
    scope: str


class Accounts:
    """The accounts of one server, by username."""

    def __init__(self) -> None:
        self._by_username: dict[str, Account] = {}

    def add(self, account: Account) -> None:
        """Add an account, or replace the one of that name."""
        self._by_username[account.username] = account

    def find(self, username: str) -> Account | None:
        """The account of that name, if there is one."""
        return self._by_username.get(username)
