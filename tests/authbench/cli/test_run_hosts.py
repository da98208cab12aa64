"""`authbench run --hosts` before anything is started: a mistake is one line."""

import subprocess
import sys
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode

GENERATORS = '[application]\naddress = "127.0.0.1"\n[[generators]]\nprefix = ["sh"]\n'


@pytest.mark.parametrize(
    ("content", "options", "line"),
    [
        (None, [], "hosts.toml: cannot be read: No such file or directory"),
        (
            '[application]\naddress = "0.0.0.0"\n',
            [],
            "hosts.toml: application.address: 0.0.0.0 is every interface",
        ),
        (GENERATORS, ["--generators", "3"], "names the generators: leave --generators and --workers-at out"),
        (
            '[store]\nprefix = ["sh"]\naddress = "10.0.0.1"\n',
            ["--redis-url", "redis://10.0.0.2:6379"],
            "--redis-url names a store of your own",
        ),
    ],
)
def test_a_mistake_is_one_line(content: str | None, options: list[str], line: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "hosts.toml").write_text(content, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "authbench", "run", "smoke", "--hosts", "hosts.toml", *options],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == ExitCode.USAGE
    assert line in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "results").exists()
