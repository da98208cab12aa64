"""Private, gone afterwards, and what a killed run left is removed."""

import multiprocessing
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from loadtests.harness.processes.scratch import measuring_alone, one_measurement_at_a_time, scratch_directory


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
        left = living.parent / "run-left"
        left.mkdir()
        (left / "lock").touch()
        with scratch_directory():
            assert living.exists()
            assert not left.exists()


def test_everything_is_in_a_directory_of_the_users_own(tmp_path: Path) -> None:
    with scratch_directory() as path, one_measurement_at_a_time(lambda: None):
        (own,) = tmp_path.iterdir()
        assert path.parent == own
        assert stat.S_IMODE(own.stat().st_mode) == 0o700
        assert stat.S_IMODE((own / "measuring.lock").stat().st_mode) == 0o600


def _make_link(own: Path) -> None:
    elsewhere = own.with_name("elsewhere")
    elsewhere.mkdir(0o700)
    own.symlink_to(elsewhere)


def _make_open_folder(own: Path) -> None:
    own.mkdir()
    own.chmod(0o770)


@pytest.mark.parametrize("plant", [_make_link, _make_open_folder, Path.touch], ids=["link", "open", "file"])
def test_a_directory_that_others_could_use_is_refused(tmp_path: Path, plant: Callable[[Path], None]) -> None:
    plant(tmp_path / f"authbench-{os.getuid()}")
    with pytest.raises(Failure, match="set TMPDIR"), scratch_directory():
        pass
    with pytest.raises(Failure, match="set TMPDIR"), one_measurement_at_a_time(lambda: None):
        pass


def test_a_directory_of_somebody_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # Of a user of whom this one has nothing, wherever it may make folders.
    own = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: own + 1)
    with pytest.raises(Failure, match="set TMPDIR"), scratch_directory():
        pass


def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    with scratch_directory() as path:
        own = path.parent
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (own / "measuring.lock").symlink_to(precious)
    told = r"measuring\.lock: the lock cannot be opened: it is a symbolic link: remove it"
    with pytest.raises(Failure, match=told), one_measurement_at_a_time(lambda: None):
        pass
    left = own / "run-left"
    left.mkdir()
    (left / "lock").symlink_to(precious)
    with scratch_directory():
        assert precious.read_text() == "kept"


def _hold(
    tempdir: str, entered: "multiprocessing.synchronize.Event", leave: "multiprocessing.synchronize.Event"
) -> None:
    tempfile.tempdir = tempdir
    with one_measurement_at_a_time(lambda: None):
        entered.set()
        leave.wait()


def test_who_would_have_to_wait_elsewhere_is_refused_instead() -> None:
    with (
        one_measurement_at_a_time(lambda: None),
        pytest.raises(Failure, match="a run is measuring on that host"),
        measuring_alone(),
    ):
        pass
    with measuring_alone():
        pass


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
