"""Whatever stops a run: no process is left, and nothing on disk pretends to be whole."""

import signal
from pathlib import Path

import psutil
import pytest

from authbench.contracts.failure import ExitCode
from authbench.contracts.run_directory import MANIFEST, read_manifest
from loadtests.harness.processes.redis_server import find_server
from tests.integration.front_door import MANY_CYCLES, front_door, write_mini

pytestmark = pytest.mark.integration


def _the_run(folder: Path) -> Path:
    (run,) = (folder / "results" / "raw").iterdir()
    return run


def _report_refuses(folder: Path) -> str:
    with front_door(folder, "report", _the_run(folder).name) as report:
        code, out, err = report.end()
    assert code == ExitCode.INVALID
    assert "Traceback" not in err
    return out + err


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        pytest.param(signal.SIGINT, "starting the load generator", marks=pytest.mark.long),
        (signal.SIGTERM, "fresh processes"),
        pytest.param(signal.SIGINT, "finding the rate", marks=pytest.mark.long),
        (signal.SIGINT, "measuring"),
        pytest.param(signal.SIGTERM, "measuring", marks=pytest.mark.long),
    ],
)
def test_a_signal_cleans_up_and_says_interrupted(tmp_path: Path, number: signal.Signals, moment: str) -> None:
    with front_door(tmp_path, "run", write_mini(tmp_path, cycles=MANY_CYCLES)) as door:
        door.wait_for(moment)
        door.process.send_signal(number)
        code, out, err = door.end()
        assert code == ExitCode.INTERRUPTED
        assert out == ""
        assert err.count("authbench: interrupted") == 1
        assert "Traceback" not in err
        assert not door.family()
    assert read_manifest(_the_run(tmp_path)).status == "interrupted"
    assert not (tmp_path / "results" / "latest").exists()
    assert not list(tmp_path.glob("authbench-*/run-*"))
    assert "interrupted" in _report_refuses(tmp_path)


@pytest.mark.long
def test_a_signal_that_its_starter_ignores_stays_ignored(tmp_path: Path) -> None:
    with front_door(tmp_path, "run", write_mini(tmp_path), ignoring="HUP INT") as door:
        for moment in ("fresh processes", "finding the rate", "measuring"):
            door.wait_for(moment)
            door.process.send_signal(signal.SIGHUP)
            door.process.send_signal(signal.SIGINT)
        code, out, err = door.end()
    assert code == ExitCode.DONE, err
    assert "VALID" in out
    assert read_manifest(_the_run(tmp_path)).status == "complete"


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_that_is_not_ignored_ends_a_run_whose_starter_ignores_another(
    tmp_path: Path, number: signal.Signals
) -> None:
    with front_door(tmp_path, "run", write_mini(tmp_path, cycles=MANY_CYCLES), ignoring="INT") as door:
        door.wait_for("measuring")
        door.process.send_signal(number)
        code, _, _ = door.end()
        assert code == ExitCode.INTERRUPTED
        assert not door.family()


@pytest.mark.parametrize("moment", [pytest.param("fresh processes", marks=pytest.mark.long), "measuring"])
def test_a_killed_front_door_takes_everything_with_it(tmp_path: Path, moment: str) -> None:
    with front_door(tmp_path, "run", write_mini(tmp_path, cycles=MANY_CYCLES)) as door:
        door.wait_for(moment)
        family = door.family()
        assert len(family) > 1
        door.process.send_signal(signal.SIGKILL)
        door.end()
        psutil.wait_procs(family, timeout=60)
        assert not door.family()
    assert read_manifest(_the_run(tmp_path)).status == "running"
    assert "running" in _report_refuses(tmp_path)
    if moment == "measuring":
        left = [path for path in tmp_path.glob("authbench-*/run-*/**/*") if path.is_file()]
        assert left, "nobody could remove the scratch folder"
        assert not [path for path in left if path.name.startswith("secret-")]
        assert not [path for path in left if b"PRIVATE KEY" in path.read_bytes()]


@pytest.mark.parametrize(
    ("victim", "told"), [(find_server()[1].name, "edis"), ("loadtests.generator", "the load generator")]
)
def test_a_part_that_dies_is_one_line_and_the_run_is_not_whole(
    tmp_path: Path, victim: str, told: str
) -> None:
    with front_door(tmp_path, "run", write_mini(tmp_path, cycles=MANY_CYCLES)) as door:
        door.wait_for("measuring")
        door.child(victim).send_signal(signal.SIGKILL)
        code, out, err = door.end()
        assert code == ExitCode.INVALID
        assert out == ""
        (line,) = [line for line in err.splitlines() if line.startswith("authbench:")]
        assert told in line
        assert "Traceback" not in err
        assert not door.family()
    assert read_manifest(_the_run(tmp_path)).status == "aborted"


def test_a_run_that_was_cut_short_is_gone_on_with(tmp_path: Path) -> None:
    with front_door(tmp_path, "run", write_mini(tmp_path, generations=2, cycles=6)) as door:
        door.wait_for("generation 2: measuring")
        door.process.send_signal(signal.SIGINT)
        code, _, err = door.end()
        assert code == ExitCode.INTERRUPTED
    run = _the_run(tmp_path)
    assert f"authbench run --resume {run.name}" in err
    with front_door(tmp_path, "run", "--resume", run.name) as door:
        code, out, err = door.end()
        assert code == ExitCode.DONE, err
        assert "VALID" in out
    manifest = read_manifest(run)
    assert manifest.status == "complete"
    assert manifest.generations_done == 2
    assert len(manifest.resumed_at) == 1
    assert manifest.abandoned_generations in ([], [1])
    assert _the_run(tmp_path) == run


@pytest.mark.long
def test_a_stopped_part_cannot_keep_a_killed_run_alive(tmp_path: Path) -> None:
    with front_door(tmp_path, "run", write_mini(tmp_path, cycles=MANY_CYCLES)) as door:
        door.wait_for("measuring")
        family = door.family()
        door.child("servers.process").send_signal(signal.SIGSTOP)
        door.process.send_signal(signal.SIGKILL)
        door.end()
        psutil.wait_procs(family, timeout=60)
        assert not door.family()
    assert (_the_run(tmp_path) / MANIFEST).is_file()
