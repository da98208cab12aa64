"""A directory that is made whole, by one server of many, and refused in one line for whatever is wrong."""

import os
import re
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from authbench.contracts.failure import Failure
from authbench.system.private_files import read_private
from servers.keys.key_directory import (
    KEY_BYTES,
    SECRET,
    KeyFile,
    add_key,
    open_directory,
    read_directory,
    replace_keys,
)
from servers.keys.key_pairs import KINDS, parse_key_pair
from tests.servers.key_directories import key_directory, key_name, put_key

NOW = 1_764_116_613.7
STAMP = "20251126T002333Z"


def kinds(found: list[KeyFile]) -> list[str]:
    return sorted(file.kind for file in found)


def test_it_is_made_on_first_use_and_found_again(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    mask = os.umask(0)
    try:
        made = open_directory(directory, NOW)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.path.stat().st_mode) for file in made} == {0o600}
    assert kinds(made) == sorted([SECRET, *KINDS])
    assert {file.made_at for file in made} == {int(NOW)}
    assert {file.path.name for file in made} == {
        f"secret-{STAMP}", f"RS256-{STAMP}.pem", f"ES256-{STAMP}.pem", f"EdDSA-{STAMP}.pem"
    }  # fmt: skip
    for file in made:
        if file.kind == SECRET:
            assert len(file.content) == KEY_BYTES
        else:
            parse_key_pair(file.content, str(file.path), KINDS[file.kind])
    assert open_directory(directory, NOW + 1000) == made
    # Nothing of its making is left beside it.
    assert list(tmp_path.iterdir()) == [directory]


def test_servers_that_start_at_once_have_the_same_keys(tmp_path: Path) -> None:
    for attempt in range(5):
        directory, together = tmp_path / str(attempt), Barrier(4)

        def start(number: int, directory: Path = directory, together: Barrier = together) -> list[KeyFile]:
            together.wait()
            return open_directory(directory, NOW + number)

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(start, range(4)))
        assert all(each == found[0] for each in found)
        assert kinds(found[0]) == sorted([SECRET, *KINDS])
        assert {path.name for path in tmp_path.iterdir()} == {str(number) for number in range(attempt + 1)}


def test_a_key_is_added_whole(tmp_path: Path) -> None:
    directory = Path(key_directory(tmp_path))
    (old,) = read_directory(directory)
    path = add_key(directory, "ES256", NOW)
    secret = add_key(directory, SECRET, NOW)
    assert [file.path for file in read_directory(directory)] == [old.path, path, secret]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(Failure, match=f"{path}: a key was made in this very second"):
        add_key(directory, "ES256", NOW)
    assert path.read_bytes() == before
    assert not [each for each in directory.iterdir() if each.name.startswith(".")]


def test_what_is_half_made_is_no_key(tmp_path: Path) -> None:
    directory = Path(key_directory(tmp_path))
    (directory / f".secret-{STAMP}.0011223344556677").write_bytes(b"")
    assert len(read_directory(directory)) == 1


def spoil_name(name: str) -> Callable[[Path], object]:
    return lambda directory: put_key(directory, SECRET, b"k" * 32).rename(directory / name)


def empty(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()


SPOILED: list[tuple[str, Callable[[Path], object], str]] = [
    ("no keys", empty, "no keys in it"),
    ("open to the group", lambda directory: directory.chmod(0o750), "others may open it: chmod 700"),
    ("open to all", lambda directory: directory.chmod(0o701), "others may open it: chmod 700"),
    (
        "a short secret",
        lambda directory: put_key(directory, SECRET, b"k" * 31, NOW),
        "has 31 bytes, 32 or more",
    ),
    ("an empty secret", lambda directory: put_key(directory, SECRET, b"", NOW), "has 0 bytes, 32 or more"),
    (
        "a file for all",
        lambda directory: put_key(directory, SECRET, b"k" * 32, NOW).chmod(0o644),
        "others may open it: chmod 600",
    ),
    (
        "a link",
        lambda directory: (directory / key_name(SECRET, NOW)).symlink_to("/etc/hostname"),
        "symbolic link",
    ),
    ("a directory", lambda directory: (directory / key_name(SECRET, NOW)).mkdir(0o700), "not a file"),
    ("a fifo", lambda directory: os.mkfifo(directory / key_name(SECRET, NOW), 0o600), "not a file"),
    ("another name", spoil_name("key.pem"), "not the name of a key"),
    ("no time", spoil_name("secret"), "not the name of a key"),
    ("no such day", spoil_name("secret-20260231T000000Z"), "not the name of a key"),
    ("a secret in PEM format", spoil_name(f"secret-{STAMP}.pem"), "not the name of a key"),
    ("a key pair without", spoil_name(f"RS256-{STAMP}"), "not the name of a key"),
    ("a copy", spoil_name(f"secret-{STAMP}~"), "not the name of a key"),
    (
        "digits of another script",
        spoil_name("secret-\u0662\u0660\u0662\u06661126T002333Z"),
        "not the name of a key",
    ),
]


@pytest.mark.parametrize(
    ("spoil", "words"), [case[1:] for case in SPOILED], ids=[case[0] for case in SPOILED]
)
def test_what_is_wrong_is_one_line(tmp_path: Path, spoil: Callable[[Path], object], words: str) -> None:
    directory = Path(key_directory(tmp_path))
    spoil(directory)
    with pytest.raises(Failure, match=words) as refused:
        open_directory(directory, NOW)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(str(directory))


def test_where_there_can_be_no_directory(tmp_path: Path) -> None:
    directory = Path(key_directory(tmp_path))
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"k" * 32)
    link.symlink_to(directory)
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    for path, words in (
        (file, "not a directory"),
        (link, "not a directory"),
        (dangling, "not a directory"),
        (tmp_path / "no" / "such" / "place", "cannot be made: No such file"),
        (file / "below", "cannot be made: Not a directory"),
    ):
        with pytest.raises(Failure, match=words):
            open_directory(path, NOW)


def test_a_directory_of_somebody_else(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    directory = Path(key_directory(tmp_path))
    os.chown(directory, 12345, 12345)
    with pytest.raises(Failure, match=re.escape(f"{directory}: belongs to user 12345")):
        open_directory(directory, NOW)
    os.chown(directory, 0, 0)
    (secret,) = directory.iterdir()
    os.chown(secret, 12345, 12345)
    with pytest.raises(Failure, match="belongs to user 12345"):
        open_directory(directory, NOW)


def test_leaked_keys_are_replaced_also_twice_in_one_second(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    leaked = open_directory(directory, NOW)
    replace_keys(directory, NOW)
    fresh = read_directory(directory)
    assert kinds(fresh) == kinds(leaked)
    assert not {file.content for file in fresh} & {file.content for file in leaked}
    replace_keys(directory, NOW)
    assert not {file.content for file in read_directory(directory)} & {file.content for file in fresh}


def test_a_key_that_is_removed_meanwhile_is_none_and_one_that_is_damaged_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the leaked ones would be good until the directory is read again."""
    directory = tmp_path / "keys"
    leaked = open_directory(directory, NOW)
    add_key(directory, SECRET, NOW + 1)
    read = read_private

    def remove_first(path: Path) -> bytes:
        leaked[0].path.unlink(missing_ok=True)
        return read(path)

    monkeypatch.setattr("servers.keys.key_directory.read_private", remove_first)
    assert leaked[0].path not in {file.path for file in read_directory(directory)}
    leaked[1].path.chmod(0o644)
    with pytest.raises(Failure, match=re.escape(str(leaked[1].path))):
        read_directory(directory)
