"""`authbench runs`: which runs are here, how old, and which of their answers stand."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.derive import derive
from authbench.cli import app
from tests.analysis.build_run import MiniRun


@pytest.fixture
def results(tmp_path: Path) -> Path:
    derived = MiniRun(generations=3, run_id="20261120T100000Z-mini-aaaaaa").write(tmp_path / "raw")
    derive(derived, tmp_path)
    cut = MiniRun(generations=1, run_id="20261120T110000Z-mini-bbbbbb")
    cut.manifest |= {"status": "interrupted", "started_at": "2026-11-20T11:00:00+00:00"}
    cut.write(tmp_path / "raw")
    MiniRun(run_id="20261101T080000Z-quick-cccccc").write(tmp_path / "reference" / "raw")
    return tmp_path


def _told(results: Path, *more: str) -> str:
    result = CliRunner().invoke(app, ["runs", "--results", str(results), *more])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_one_line_each_the_newest_first(results: Path) -> None:
    lines = _told(results).splitlines()
    assert max(len(line) for line in lines) <= 100
    places = [line for line in lines if line.endswith("raw:")]
    assert places == [f"{results / 'raw'}:", f"{results / 'reference' / 'raw'}:"]
    cut, derived, reference = (line for line in lines if line not in places)
    assert cut.startswith("20261120T110000Z-mini-bbbbbb")
    assert cut.endswith("interrupted: authbench run --resume ID")
    assert derived.endswith("VALID cost + latency + store load, not measured throughput")
    assert reference.endswith("not derived: authbench report ID")


def test_a_machine_gets_a_list(results: Path) -> None:
    told = json.loads(_told(results, "--json"))
    assert [run["run_id"][-6:] for run in told] == ["bbbbbb", "aaaaaa", "cccccc"]
    assert told[1]["experiment"] == "mini"
    assert told[1]["answers"]["cost"] == "VALID"
    assert told[2]["answers"] is None


def test_many_runs_are_cut_short_and_say_so(tmp_path: Path) -> None:
    for number in range(22):
        mini = MiniRun(generations=1, cycles=1, requests=1, run_id=f"run-{number:02}")
        mini.manifest["started_at"] = f"2026-11-20T10:{number:02}:00+00:00"
        mini.write(tmp_path / "raw")
    lines = _told(tmp_path).splitlines()
    assert lines[1].startswith("run-21 ")
    assert lines[-1] == "and 2 older: authbench runs --all"
    assert len(_told(tmp_path, "--all").splitlines()) == 23


def test_where_there_is_none_it_says_how_to_make_one(tmp_path: Path) -> None:
    assert _told(tmp_path) == f"no run under {tmp_path / 'raw'}: authbench run makes one\n"
