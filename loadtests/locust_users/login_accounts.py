"""Which account each Locust user logs in to, and how many log in to one at a time."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from gevent.lock import BoundedSemaphore

_AT_ONCE = 5
"""Logins under way for one account in one process. A server counts an attempt against the account until its
password has proven right, and lets ten begin before it slows them down (servers/passwords/throttle.py)."""


@dataclass(frozen=True)
class LoginAccount:
    """An account, with the logins to it that are under way."""

    username: str
    password: str = field(repr=False)
    logging_in: BoundedSemaphore = field(
        default_factory=lambda: BoundedSemaphore(_AT_ONCE), repr=False, compare=False
    )


def deal_accounts(accounts: Sequence[LoginAccount], first: int) -> Iterator[LoginAccount]:
    """Deal accounts to users in turn, without end; with more users than accounts, some share one.

    It begins at `first`, so that several processes do not all begin with the same account.
    """
    return islice(cycle(accounts), first % len(accounts), None)


def read_accounts(path: Path) -> list[LoginAccount]:
    """Read the accounts of a CSV file with the columns `username` and `password`.

    ValueError in one line, without any password, if it is no such file.
    """
    try:
        # utf-8-sig: spreadsheets begin a file with a byte order mark.
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: is not UTF-8: save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise ValueError(f"{path}: is not CSV: {error}") from None
    if not rows:
        raise ValueError(f"{path}: has no accounts: give a header line username,password and a line for each")
    found = []
    for line, row in enumerate(rows, start=2):
        if not row.get("username") or not row.get("password"):
            raise ValueError(f"{path}: row {line}: needs the columns username and password, both filled in")
        found.append(LoginAccount(row["username"], row["password"]))
    return found
