"""The users of a target file: read from CSV, dealt so that no two load generators share one."""

import csv
from typing import NamedTuple

from authbench.contracts.failure import Failure
from authbench.contracts.target.target_file import Users
from authbench.words.counting import counted

_COLUMNS = ("username", "password")


class User(NamedTuple):
    """A user logs in with a name and a password."""

    username: str
    password: str


def read_users(users: Users, generators: int) -> list[User]:
    """The users of the file, as many as can be dealt to the generators equally; the last few are left out.

    Failure in one line where the file is none, has a header and no rows, names a user twice, or has fewer
    users than there are generators. No message has a password.
    """
    name = users.file.name
    try:
        with users.file.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            header = list(rows.fieldnames or [])
            missing = [column for column in _COLUMNS if column not in header]
            if missing:
                raise Failure(
                    f"{name}: its first line has no column {missing[0]!r}: it is a header such as "
                    "username,password"
                )
            found = [_user(row, f"{name}:{rows.line_num}") for row in rows]
    except OSError as error:
        raise Failure(f"users.file: {users.file}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise Failure(f"{name}: not a CSV in UTF-8: {type(error).__name__}") from None
    if not found:
        raise Failure(f"{name}: it has a header and no rows: add a line for each user who may log in")
    seen: set[str] = set()
    for user in found:
        if user.username in seen:
            raise Failure(f"{name}: user {user.username!r} is there twice: each line is a user of its own")
        seen.add(user.username)
    found = found[: users.count]
    if len(found) < (users.count or 0):
        raise Failure(f"{name}: users.count is {users.count}, and the file has {len(found)}")
    if len(found) < generators:
        raise Failure(
            f"{name}: {counted(generators, 'load generator')} cannot share "
            f"{counted(len(found), 'user')}: add users"
        )
    return found[: len(found) - len(found) % generators]


def _user(row: dict[str, str | None], where: str) -> User:
    username, password = (row.get(column) for column in _COLUMNS)
    if not username or not password:
        raise Failure(f"{where}: username or password is empty")
    return User(username, password)
