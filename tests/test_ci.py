"""`.ci/run` makes every check, and fails with any of them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).parent.parent / ".ci" / "run"
MADE = ("libraries", "lint", "axe", "linters", "test", "bench", "test-long", "selftest", "selftest-schemes")
INSTALLED = ("make", "chromium", "npm", "ip", "sshd", "initdb")
CHECKS = (*MADE, "fresh-debian", "image")
_STAND_IN = """#!/bin/sh
name=${1:-$(basename "$0")}
echo "$name" >>"$LOG"
[ "$name" != "$FAILING" ]
"""
"""In place of make, of .ci/fresh-debian and of .ci/image, which take an hour."""


def run(folder: Path, failing: str = "") -> tuple[int, list[str]]:
    """The exit status, and what was made; `failing` is the check that fails."""
    commands = folder / "bin"
    (folder / ".ci").mkdir()
    commands.mkdir()
    shutil.copy(RUN, folder / ".ci" / "run")
    checks = [folder / ".ci" / name for name in ("fresh-debian", "image")]
    for path in [*(commands / name for name in INSTALLED), *checks]:
        path.write_text(_STAND_IN)
        path.chmod(0o755)
    log = folder / "log"
    environment = {"PATH": f"{commands}:{os.environ['PATH']}", "LOG": str(log), "FAILING": failing}
    done = subprocess.run([folder / ".ci" / "run"], env=environment, check=False)
    return done.returncode, log.read_text().split()


def test_every_check_is_made(tmp_path: Path) -> None:
    status, made = run(tmp_path)
    assert (status, sorted(made)) == (0, sorted(CHECKS))


@pytest.mark.parametrize("check", CHECKS)
def test_one_that_fails_fails_the_whole(tmp_path: Path, check: str) -> None:
    status, made = run(tmp_path, check)
    assert status != 0
    assert check in made
