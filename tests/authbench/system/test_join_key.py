"""A key file is private, and has a key in it."""

from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from authbench.system.join_key import make_join_key, read_join_key


def test_a_key_is_made_for_this_user_alone_and_only_once(tmp_path: Path) -> None:
    path = tmp_path / "join.key"
    assert make_join_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    key = read_join_key(path)
    assert not make_join_key(path)
    assert read_join_key(path) == key


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "join.key"
    make_join_key(path)
    path.write_text("hunter2", "utf-8")
    with pytest.raises(Failure, match=r"join\.key: no join key\. Remove the file"):
        read_join_key(path)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "join.key"
    make_join_key(path)
    path.chmod(0o644)
    with pytest.raises(Failure, match="others may open it: chmod 600"):
        read_join_key(path)


@pytest.mark.parametrize("name", ["x" * 300, "file/join.key"])
def test_a_name_that_no_file_can_have(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Failure, match="the join key cannot be written: "):
        make_join_key(tmp_path / name)


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    assert not make_join_key(link)
    assert not make_join_key(tmp_path)
    with pytest.raises(Failure, match="it is a symbolic link"):
        read_join_key(link)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="the join key cannot be written: No such file"):
        make_join_key(tmp_path / "nowhere" / "join.key")
