"""The commit that is recorded is that of our own checkout, or none."""

import os
import subprocess
from pathlib import Path

import pytest

from loadtests.harness.telemetry.source import SourceState, source_state


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *identity, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "outer"
    folder.mkdir()
    _git(folder, "init", "-q")
    (folder / "a").write_text("1")
    _git(folder, "add", "a")
    _git(folder, "commit", "-q", "-m", "first")
    return folder


def test_a_checkout_has_its_commit_and_says_whether_it_was_changed(repository: Path) -> None:
    commit = _git(repository, "rev-parse", "HEAD")
    assert source_state(repository) == SourceState(commit, dirty=False)
    (repository / "untracked").touch()
    assert source_state(repository) == SourceState(commit, dirty=False)
    (repository / "results").mkdir()
    (repository / "results" / "calibration.json").write_text("1")
    _git(repository, "add", "results")
    assert source_state(repository) == SourceState(commit, dirty=False), "a result is no source"
    (repository / "a").write_text("2")
    assert source_state(repository) == SourceState(commit, dirty=True)


def test_a_copy_inside_another_repository_has_no_commit(repository: Path) -> None:
    inner = repository / "copy"
    inner.mkdir()
    assert source_state(inner) == SourceState(None, None)
    _git(inner, "init", "-q")
    assert source_state(inner) == SourceState(None, None), "no commit yet"


def test_a_folder_that_is_no_checkout_has_no_commit(tmp_path: Path) -> None:
    assert source_state(tmp_path) == SourceState(None, None)


def test_a_hook_of_another_repository_does_not_lend_its_commit(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    assert source_state(tmp_path) == SourceState(None, None)


def test_a_checkout_that_is_reached_through_a_link_is_one(repository: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(repository)
    assert source_state(link).commit is not None
