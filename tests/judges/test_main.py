"""`make judges` as a user calls it: exit codes and one-line errors."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]


def _judges(results: Path, *names: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if name not in ("WYCHEPROOF", "JWT_TOOL")}
    return subprocess.run(
        [sys.executable, "-m", "judges", *names],
        cwd=ROOT,
        env={**kept, "RESULTS": str(results), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_name_that_is_none_is_one_line(tmp_path: Path) -> None:
    done = _judges(tmp_path, "wycheprof")
    assert done.returncode == 2
    assert done.stderr.startswith("judges: unknown judge 'wycheprof': ")
    assert len(done.stderr.splitlines()) == 1


def test_with_nothing_installed_it_says_so_and_is_done(tmp_path: Path) -> None:
    done = _judges(tmp_path, "wycheproof", "jwt_tool")
    assert done.returncode == 0, done.stderr
    assert "wycheproof: skipped: give its folder: make judges WYCHEPROOF=FOLDER" in done.stdout
    (path,) = (tmp_path / "security").glob("*/judges.json")
    assert f"Evidence: {path}" in done.stdout
    assert json.loads(path.read_text())["header"]["kind"] == "judges"


@pytest.mark.integration
@pytest.mark.long
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    temporary = tmp_path / "t"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "judges", "schemathesis"],
        cwd=ROOT,
        env={**os.environ, "RESULTS": str(tmp_path), "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("schemathesis: session-redis"):
            break
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "judges: interrupted; nothing is left running"
    assert "Traceback" not in errors
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
    assert not list((tmp_path / "security").glob("*/judges.json"))
    left = {path.name for path in temporary.rglob("*") if path.is_file()}
    assert left == {"measuring.lock"}


def test_a_folder_that_is_another_is_the_reason(tmp_path: Path) -> None:
    given = {"WYCHEPROOF": str(tmp_path), "JWT_TOOL": str(tmp_path)}
    done = _judges(tmp_path, "wycheproof", "jwt_tool", **given)
    assert done.returncode == 0, done.stderr
    assert f"jwt_tool: skipped: JWT_TOOL: there is no jwt_tool.py in {tmp_path}" in done.stdout
    assert "json_web_signature_test.json: cannot be read: No such file or directory" in done.stdout
