"""The verb that adds keys: what a directory has afterwards, and what servers make of it."""

from pathlib import Path

import pytest

from authbench.cli.rotate_keys import rotate_keys
from authbench.contracts.failure import Failure
from servers.keys.key_directory import SECRET, open_directory, read_directory
from servers.keys.key_pairs import KINDS
from servers.keys.keys import Keys
from tests.servers.key_directories import key_directory


def test_a_fresh_key_of_every_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = tmp_path / "keys"
    old = open_directory(directory, 1_700_000_000)
    running = Keys(str(directory))
    signs = running.derived("csrf")[0]
    rotate_keys(str(directory))
    found = read_directory(directory)
    assert found[: len(old)] == old
    assert sorted(file.kind for file in found[len(old) :]) == sorted([SECRET, *KINDS])
    told = capsys.readouterr().out.splitlines()
    assert sorted(told[:-1]) == sorted(str(file.path) for file in found[len(old) :])
    assert "sign in 7 minutes" in told[-1]
    assert running.reread()
    assert running.derived("csrf")[0] == signs
    assert len(running.derived("csrf")) == 2
    for kind in KINDS.values():
        assert len(running.pairs(kind)) == 2


def test_what_was_missing_is_there_afterwards(tmp_path: Path) -> None:
    directory = key_directory(tmp_path)
    rotate_keys(directory)
    for kind in KINDS.values():
        assert len(Keys(directory).pairs(kind)) == 1


def test_a_wrong_directory_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be read"):
        rotate_keys(str(tmp_path / "nowhere"))
    assert list(tmp_path.iterdir()) == []
