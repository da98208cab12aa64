"""A session file beside a writer of its own, as a server is one."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.drills.site.session_file import LOCKED_S, SessionFile


@pytest.fixture
def session_file(tmp_path: Path) -> Iterator[SessionFile]:
    path = tmp_path / "sessions.sqlite"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as server:
        server.execute("PRAGMA journal_mode=WAL")
        server.execute("CREATE TABLE sessions (key TEXT)")
        server.execute("CREATE TABLE session_epochs (sub TEXT)")
        server.execute("INSERT INTO sessions VALUES ('a'), ('b')")
        yield SessionFile(path)


def test_a_lock_refuses_writers_and_no_readers_until_it_is_given_back(session_file: SessionFile) -> None:
    assert session_file.refusal_of_a_write() is None
    lock = session_file.lock()
    assert session_file.refusal_of_a_write(LOCKED_S) == "database is locked"
    assert session_file.count() == 2
    lock.close()
    assert session_file.refusal_of_a_write() is None
    assert session_file.count() == 2


def test_it_is_emptied(session_file: SessionFile) -> None:
    session_file.empty()
    assert session_file.count() == 0
