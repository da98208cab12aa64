"""Private, gone afterwards, and what a killed run left is removed."""

import multiprocessing
import stat
import tempfile
from pathlib import Path

import pytest

from loadtests.harness.scratch import one_measurement_at_a_time, scratch_directory


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_it_is_private_and_removed(tmp_path: Path) -> None:
    with scratch_directory() as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        (path / "credentials.json").write_text("x")
    assert not path.exists()


def test_what_a_killed_run_left_is_removed_and_a_living_run_keeps_its_own(tmp_path: Path) -> None:
    with scratch_directory() as living:
        left = Path(tempfile.mkdtemp(prefix=living.name.rsplit("-", 1)[0] + "-"))
        (left / "lock").touch()
        with scratch_directory():
            assert living.exists()
            assert not left.exists()


def _hold(
    tempdir: str, entered: "multiprocessing.synchronize.Event", leave: "multiprocessing.synchronize.Event"
) -> None:
    tempfile.tempdir = tempdir
    with one_measurement_at_a_time(lambda: None):
        entered.set()
        leave.wait()


def test_a_second_run_says_that_it_waits(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    entered, leave = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(str(tmp_path), entered, leave))
    other.start()
    entered.wait()
    said: list[str] = []

    def say() -> None:
        said.append("waiting")
        leave.set()

    with one_measurement_at_a_time(say):
        assert said == ["waiting"]
    other.join()
    assert other.exitcode == 0
