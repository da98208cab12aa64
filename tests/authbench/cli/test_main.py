"""What the command itself offers, before any verb."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from authbench.cli import app
from tests.analysis.capacity.runs import QUICK, ROOT


def test_version() -> None:
    told = CliRunner().invoke(app, ["--version"])
    assert (told.exit_code, told.stdout) == (0, f"authbench {version('authbench')}\n")


def test_every_verb_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "_AUTHBENCH_COMPLETE": "complete_bash",
        "COMP_WORDS": "authbench ",
        "COMP_CWORD": "1",
    }.items():
        monkeypatch.setenv(name, value)
    told = CliRunner().invoke(app, [], prog_name="authbench")
    assert {"run", "report", "rotate-keys", "list", "verify"} <= set(told.stdout.split())


_CONTEXT = str(ROOT / "docs" / "context.example.toml")
_LOADED = (
    "import sys; from authbench.cli import app; app(sys.argv[1:], standalone_mode=False); "
    "sys.exit(', '.join({'pandas', 'scipy', 'sqlalchemy', 'altair'} & set(sys.modules)) or 0)"
)


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", str(QUICK), "--at", "3000"],
        ["adr", str(QUICK), "--at", "3000", "--context", _CONTEXT],
        ["advise", "--context", _CONTEXT],
        ["list"],
        ["history", "--results", str(QUICK.parents[1])],
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_a_verb_that_measures_nothing_loads_no_library_for_it(tmp_path: Path, arguments: list[str]) -> None:
    """Loading one of them takes a quarter of what such a verb may take."""
    command = [sys.executable, "-c", _LOADED, *arguments]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _authbench(folder: Path, *arguments: str, before: str = "") -> "subprocess.CompletedProcess[str]":
    code = f"import os, sys; {before}from authbench.__main__ import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("verb", ["runs", "report"])
def test_a_path_that_the_system_refuses_is_one_line(tmp_path: Path, verb: str) -> None:
    done = _authbench(tmp_path, verb, "--results", "a" * 300)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "cannot be used: File name too long: choose another with --results" in done.stderr


def test_a_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    done = _authbench(tmp_path / "gone", "plan", str(QUICK), before="os.rmdir(os.getcwd()); ")
    assert done.returncode == 2
    assert done.stderr == "authbench: the folder that this was typed in is gone: cd into one that is there\n"
