"""An environment belongs to the folder it was made in: one that was moved or copied is made anew."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAKING = "-m venv --clear"


def _make(folder: Path, *arguments: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout + done.stderr


def _set_up_clone(folder: Path) -> None:
    """Copy what make needs, and an environment as a finished set-up leaves it."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / ".make", folder / ".make")
    (folder / ".venv").mkdir()
    (folder / ".venv" / ".ready").write_text(f"{folder.resolve()}\n", "utf-8")


def test_a_clone_that_stays_is_set_up_once(tmp_path: Path) -> None:
    _set_up_clone(tmp_path)
    assert MAKING not in _make(tmp_path, "-n", "setup")


@pytest.mark.parametrize("verb", ["setup", "bench", "lint"])
def test_a_clone_that_was_copied_is_set_up_again(tmp_path: Path, verb: str) -> None:
    (tmp_path / "old").mkdir()
    _set_up_clone(tmp_path / "old")
    shutil.copytree(tmp_path / "old", tmp_path / "new")
    assert MAKING in _make(tmp_path / "new", "-n", verb)
    assert MAKING not in _make(tmp_path / "old", "-n", verb)


def test_a_set_up_of_before_that_names_no_folder_is_made_again(tmp_path: Path) -> None:
    _set_up_clone(tmp_path)
    (tmp_path / ".venv" / ".ready").write_text("")
    assert MAKING in _make(tmp_path, "-n", "setup")


def test_each_step_says_what_it_does(tmp_path: Path) -> None:
    _set_up_clone(tmp_path)
    (tmp_path / ".venv" / ".ready").unlink()
    steps = [line for line in _make(tmp_path, "-n", "setup").splitlines() if line.startswith("echo")]
    assert ["1 of 3" in steps[0], "2 of 3" in steps[1], "3 of 3" in steps[2]] == [True] * 3


def test_the_command_of_a_copied_environment_says_whose_it_is(tmp_path: Path) -> None:
    """It starts with the Python of the old folder, whose code it would run."""
    copied = tmp_path / "copy" / ".venv"
    (copied / "bin").mkdir(parents=True)
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", copied)
    shutil.copy(Path(sys.executable).parent / "authbench", copied / "bin")
    asked = subprocess.run(
        [copied / "bin" / "authbench", "--version"], capture_output=True, text=True, check=False
    )
    assert asked.returncode == 2
    assert f"{copied.resolve()} was made for" in asked.stderr
    assert "run make setup" in asked.stderr


@pytest.mark.long
def test_a_moved_clone_runs_its_own_code(tmp_path: Path) -> None:
    """Twice a whole installation, from the package index."""
    old, new = tmp_path / "old", tmp_path / "new"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.split("\0"):
        if name and not name.startswith(("results/", "tests/", "docs/")) and (ROOT / name).is_file():
            (old / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, old / name)
    for folder in (old, new):
        if folder is new:
            old.rename(new)
        _make(folder, "setup")
        found = subprocess.run(
            [folder / ".venv" / "bin" / "python", "-c", "import authbench; print(authbench.__file__)"],
            cwd="/", capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert found.stdout.startswith(f"{folder.resolve()}/")
