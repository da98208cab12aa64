"""Users are read from CSV and dealt whole; a mistake of the file is one line without a password."""

from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from authbench.contracts.target.target_file import Users
from loadtests.harness.target.users import User, read_users


def write(folder: Path, content: str) -> Path:
    path = folder / "users.csv"
    path.write_text(content, "utf-8")
    return path


def test_columns_may_be_in_any_order_and_beside_others(tmp_path: Path) -> None:
    path = write(tmp_path, '\ufeffid,password,username\n1,"a,b",ann\n2,c,bob\n')
    assert read_users(Users(file=path), 1) == [User("ann", "a,b"), User("bob", "c")]


def test_only_as_many_as_are_wanted_and_can_be_dealt(tmp_path: Path) -> None:
    path = write(tmp_path, "username,password\n" + "".join(f"u{n},p\n" for n in range(10)))
    assert len(read_users(Users(file=path, count=7), 1)) == 7
    assert len(read_users(Users(file=path, count=7), 2)) == 6


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("username,password\n", "users.csv: it has a header and no rows: add a line for each user"),
        ("", "its first line has no column 'username'"),
        ("ann,hidden\nbob,hidden\n", "its first line has no column 'username'"),
        ("username,password\nann,hidden\nann,hidden\n", "user 'ann' is there twice"),
        ("username,password\nann,\n", "users.csv:2: username or password is empty"),
        ("username,password\nann,hidden\n", "2 load generators cannot share 1 user:"),
        ('username,password\nann,"hidden\n', "not a CSV in UTF-8"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(Failure) as failure:
        read_users(Users(file=write(tmp_path, content)), 2)
    assert told in str(failure.value)
    assert "hidden" not in str(failure.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be read"):
        read_users(Users(file=tmp_path / "nobody.csv"), 1)


def test_fewer_users_than_were_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, "username,password\nann,hidden\n")
    with pytest.raises(Failure, match=r"users\.count is 3, and the file has 1"):
        read_users(Users(file=path, count=3), 1)
