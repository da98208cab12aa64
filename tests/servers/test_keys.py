from pathlib import Path

import pytest

from authbench.failure import Failure
from servers.keys import derived_key, root_secret, signing_key


def key_file(folder: Path, content: bytes, mode: int) -> str:
    path = folder / "key"
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


def test_without_a_file_a_new_key_each_time() -> None:
    keys = {signing_key(None) for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {32}


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_file(tmp_path: Path, mode: int) -> None:
    assert signing_key(key_file(tmp_path, b"k" * 40, mode)) == b"k" * 40


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o610])
def test_a_file_others_may_open(tmp_path: Path, mode: int) -> None:
    with pytest.raises(Failure, match="chmod 600"):
        signing_key(key_file(tmp_path, b"k" * 32, mode))


@pytest.mark.parametrize("length", [0, 31])
def test_a_short_key(tmp_path: Path, length: int) -> None:
    with pytest.raises(Failure, match=f"has {length} bytes"):
        signing_key(key_file(tmp_path, b"k" * length, 0o600))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be read: No such file"):
        signing_key(str(tmp_path / "nothing"))
    with pytest.raises(Failure, match="cannot be read: Is a directory"):
        signing_key(str(tmp_path))


def test_a_root_secret(tmp_path: Path) -> None:
    """One secret, and from it one key for each purpose: none of them tells anything of another."""
    root = root_secret(key_file(tmp_path, b"r" * 32, 0o600))
    assert root == b"r" * 32
    keys = [derived_key(root, purpose) for purpose in ("one", "other", "")]
    assert len({root, *keys}) == 4
    assert {len(key) for key in keys} == {32}
    assert derived_key(root, "one") == keys[0] != derived_key(b"s" * 32, "one")
    assert root_secret(None) != root_secret(None)
    with pytest.raises(Failure, match="has 31 bytes, 32 or more"):
        root_secret(key_file(tmp_path, b"r" * 31, 0o600))
