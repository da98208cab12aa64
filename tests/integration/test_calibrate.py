"""A calibration as a user starts it, much shortened, with a false claim that it must find out."""

import os
import signal
from pathlib import Path

import pytest

from analysis.data.stored_calibration import calibration_path
from analysis.records.calibration import CalibrationSummary
from authbench.contracts.calibration import READINGS
from authbench.contracts.failure import ExitCode
from authbench.contracts.run_directory import read_manifest
from loadtests.harness.telemetry.machine import describe_machine
from tests.integration.front_door import front_door, write_mini

pytestmark = pytest.mark.integration

SHORT = """
name = "short"
question = "Does the chain work?"
workload = "read"
credentials = 1000
judged_by = "everything"
compare = [["cpu", "none"]]
slice_s = 0.15
cycles = 6
generations_min = 2
generations_max = 2
half_width = 0.05
margin = 0.05
rate_share = 0.2
closed_loop_s = 0.2
saturated_cycles = 2
saturated_s = 0.1
arms = [
    { scheme = "none", role = "control" },
    { scheme = "none", role = "twin" },
    { scheme = "servers.instruments.planted_cpu:PlantedCpu", name = "cpu", planted_cpu_us = 20000, \
settings = { planted_cpu_us = 200 } },
    { scheme = "servers.instruments.planted_delay:PlantedDelay", name = "delay", planted_delay_ms = 2 },
]
"""


def _write_short(folder: Path) -> str:
    path = folder / "short.toml"
    path.write_text(SHORT, "utf-8")
    return str(path)


def _calibrated(folder: Path) -> tuple[int, str, str]:
    with front_door(folder, "calibrate", _write_short(folder), "--seed", "7") as door:
        ended = door.end()
        assert not door.family()
    return ended


def test_a_calibration_is_stored_judged_again_and_told_by_reports(tmp_path: Path) -> None:
    code, out, err = _calibrated(tmp_path)
    if "two identical arms differ: " in err:
        # One sound run in a hundred is void because of that (V21), and is to be made once more.
        tmp_path /= "again"
        tmp_path.mkdir()
        code, out, err = _calibrated(tmp_path)
    # The experiment claims a hundred times the CPU that its scheme burns: that is never found.
    assert code == ExitCode.FOUND, err
    assert out.startswith("NOT CALIBRATED")
    # A title is no wider than its table, which is as wide as what was found.
    assert "Throughput that planted CPU leaves of the control's" in " ".join(out.split())
    (run,) = (tmp_path / "results" / "raw").iterdir()
    assert read_manifest(run).status == "complete"
    assert (run / READINGS).is_file()
    path = calibration_path(tmp_path / "results", describe_machine().host)
    first = CalibrationSummary.model_validate_json(path.read_text("utf-8"))
    assert [effect.arm for effect in first.planted] == ["cpu", "delay"]
    assert all(effect.recovered.value for effect in first.planted)
    assert not first.passed
    assert not first.planted[0].found

    path.unlink()
    with front_door(tmp_path, "calibrate", "--run", run.name, "--json") as door:
        code, out, _ = door.end()
    assert code == ExitCode.FOUND
    assert CalibrationSummary.model_validate_json(out) == first
    assert CalibrationSummary.model_validate_json(path.read_text("utf-8")) == first

    with front_door(tmp_path, "report", run.name) as door:
        code, out, _ = door.end()
    assert code == ExitCode.DONE
    assert "FAILED, run make calibrate again" in " ".join(out.split())


@pytest.mark.long
@pytest.mark.parametrize("phase", ["measuring", "the generator alone"])
def test_an_interrupted_calibration_leaves_the_earlier_one_as_it_was(tmp_path: Path, phase: str) -> None:
    path = calibration_path(tmp_path / "results", describe_machine().host)
    path.parent.mkdir(parents=True)
    path.write_text("the earlier one", "utf-8")
    with front_door(tmp_path, "calibrate", _write_short(tmp_path)) as door:
        door.wait_for(phase)
        os.kill(door.process.pid, signal.SIGINT)
        code, _, err = door.end()
        assert not door.family()
    assert code == ExitCode.INTERRUPTED
    assert "Traceback" not in err
    assert list(path.parent.iterdir()) == [path]
    assert path.read_text("utf-8") == "the earlier one"
    (run,) = (tmp_path / "results" / "raw").iterdir()
    assert not (run / READINGS).exists()
    assert not list(tmp_path.glob("authbench-*/run-*")), "scratch folders are removed"


def test_what_cannot_calibrate_is_one_line(tmp_path: Path) -> None:
    with front_door(tmp_path, "calibrate", write_mini(tmp_path)) as door:
        code, out, err = door.end()
    assert (code, out) == (ExitCode.USAGE, "")
    assert err.strip() == (
        "authbench: mini: no arm has planted_cpu_us or planted_delay_ms: it calibrates nothing"
    )
    assert not (tmp_path / "results").exists()
