"""`authbench worker` before anything is started: a mistake is one line."""

import subprocess
import sys
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode
from authbench.system.join_key import make_join_key


@pytest.mark.parametrize(
    ("master", "key", "name", "line"),
    [
        ("nowhere", "join.key", "", "authbench: 'nowhere' is no HOST:PORT, such as 10.0.0.5:5557"),
        ("127.0.0.1:1", "other.key", "", "other.key: cannot be read: No such file or directory"),
        ("127.0.0.1:1", "join.key", "a\nb", "authbench: --name: only characters that can be printed"),
    ],
)
def test_a_mistake_is_one_line(master: str, key: str, name: str, line: str, tmp_path: Path) -> None:
    make_join_key(tmp_path / "join.key")
    options = ["--master", master, "--join-key-file", str(tmp_path / key), "--name", name]
    done = subprocess.run(
        [sys.executable, "-m", "authbench", "worker", *options],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == ExitCode.USAGE
    assert line in done.stderr
    assert done.stderr.count("\n") == 1
