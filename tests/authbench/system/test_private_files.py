"""What only its owner may read, and what is refused in one line."""

import os
import stat
from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from authbench.system.private_files import read_private, refuse_others, write_private


def private(folder: Path, mode: int = 0o600) -> Path:
    path = folder / "key"
    path.write_bytes(b"content")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_file(tmp_path: Path, mode: int) -> None:
    assert read_private(private(tmp_path, mode)) == b"content"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o610])
def test_a_file_others_may_open(tmp_path: Path, mode: int) -> None:
    with pytest.raises(Failure, match="others may open it: chmod 600"):
        read_private(private(tmp_path, mode))


def test_what_is_no_file_of_ones_own(tmp_path: Path) -> None:
    path = private(tmp_path)
    (tmp_path / "link").symlink_to(path)
    # Nobody writes into it: whoever waits for it waits for ever.
    os.mkfifo(tmp_path / "fifo", 0o600)
    for name, words in (
        ("nothing", "cannot be read: No such file"),
        ("", "cannot be read: not a file"),
        ("fifo", "cannot be read: not a file"),
        ("link", "cannot be read: it is a symbolic link"),
    ):
        with pytest.raises(Failure, match=words) as refused:
            read_private(tmp_path / name)
        assert "\n" not in str(refused.value)


def test_a_file_of_somebody_else(tmp_path: Path) -> None:
    found = private(tmp_path).stat()
    others = os.stat_result((*found[:4], found.st_uid + 1, *found[5:]))
    with pytest.raises(Failure, match=f"belongs to user {found.st_uid + 1}"):
        refuse_others("key", others, stat.S_IFREG)


def test_what_is_written_is_private_and_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "key"
    mask = os.umask(0)
    try:
        write_private(path, b"content")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_private(path) == b"content"
    with pytest.raises(FileExistsError):
        write_private(path, b"other")
    assert path.read_bytes() == b"content"
