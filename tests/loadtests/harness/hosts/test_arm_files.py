"""Keys and sessions of an arm outlive its servers, and no key lies on the disk while they run."""

import sqlite3
from contextlib import closing
from pathlib import Path

from loadtests.harness.hosts.arm_files import ArmFiles


def keys_of(settings: dict[str, str | bool]) -> Path:
    return Path(str(settings["keys_directory"]))


def sessions_of(settings: dict[str, str | bool]) -> Path:
    return Path(str(settings["session_database_url"]).removeprefix("sqlite+aiosqlite:///"))


def rows(path: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT key FROM sessions").fetchall()


def test_the_next_server_gets_the_keys_that_the_first_one_made(tmp_path: Path) -> None:
    files = ArmFiles(tmp_path, 3)
    directory = keys_of(files.lay_out())
    assert not directory.exists(), "the first server makes its keys"
    directory.mkdir(mode=0o700)
    (directory / "secret-20261126T002333Z").write_bytes(b"\x00" * 32)
    (directory / "RS256-20261126T002333Z.pem").write_bytes(b"PRIVATE")
    for _ in range(2):
        files.take_keys()
        assert list(tmp_path.rglob("*")) == [], "this process holds them"
        again = keys_of(files.lay_out())
        assert again.stat().st_mode & 0o777 == 0o700
        assert {path.name: (path.read_bytes(), path.stat().st_mode & 0o777) for path in again.iterdir()} == {
            "secret-20261126T002333Z": (b"\x00" * 32, 0o600),
            "RS256-20261126T002333Z.pem": (b"PRIVATE", 0o600),
        }


def test_keys_in_a_directory_of_the_arms_own_settings_stay_there(tmp_path: Path) -> None:
    files = ArmFiles(tmp_path, 0)
    files.lay_out()
    files.take_keys()
    assert not keys_of(files.lay_out()).exists()


def test_each_server_begins_with_the_sessions_that_were_saved(tmp_path: Path) -> None:
    files = ArmFiles(tmp_path, 0)
    first = sessions_of(files.lay_out())
    with closing(sqlite3.connect(first)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE sessions (key TEXT)")
        database.execute("INSERT INTO sessions VALUES ('seeded')")
        database.commit()
        files.save()  # while it is open: what it has committed may still be in its log
        database.execute("INSERT INTO sessions VALUES ('later')")
        database.commit()
    for _ in range(2):
        next_one = sessions_of(files.lay_out())
        assert next_one != first
        assert next_one.stat().st_mode & 0o777 == 0o600
        assert rows(next_one) == [("seeded",)]
        with closing(sqlite3.connect(next_one)) as database:
            database.execute("DELETE FROM sessions")
            database.commit()
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.glob("*.saved"))


def test_an_arm_without_such_a_database_saves_nothing(tmp_path: Path) -> None:
    files = ArmFiles(tmp_path, 0)
    files.lay_out()
    files.save()
    assert list(tmp_path.iterdir()) == []
