"""`authbench history`: old runs, new ones and committed ones side by side; nothing is measured."""

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from authbench.cli import app
from authbench.contracts.failure import Failure
from tests.analysis.build_run import PLANTED, MiniRun

OLD = Path(__file__).parents[2] / "analysis" / "records" / "old"
QUICK = [path.name for path in sorted(OLD.iterdir())]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Three runs as earlier versions wrote them, the last of them committed, and one that is not derived."""
    for name in QUICK:
        home = tmp_path / "reference" if name == QUICK[-1] else tmp_path
        for folder, file in (("raw", "manifest.json"), ("derived", "summary.json")):
            place = home / folder / name
            place.mkdir(parents=True)
            (place / file).write_bytes(gzip.decompress((OLD / name / f"{file}.gz").read_bytes()))
    MiniRun(generations=1, cycles=1, requests=1).write(tmp_path / "raw")
    MiniRun(generations=1, cycles=1, requests=1, run_id="calibration", **PLANTED).write(tmp_path / "raw")
    return tmp_path


def _told(results: Path, *more: str) -> str:
    result = CliRunner().invoke(app, ["history", "--results", str(results), *more])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_summaries_of_all_forms_are_side_by_side(results: Path) -> None:
    lines = _told(results).splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0] == "mini: session-redis against jwt-hs256"
    assert lines[1].endswith("no summary: authbench report ID makes it")
    assert lines[3] == "quick: session-redis against jwt-hs256"
    rows = [line.split("  ") for line in lines if line.startswith(("20261123", "20261125"))]
    cells = [[cell.strip() for cell in row if cell] for row in rows]
    assert cells == [
        [QUICK[0], "+90 [77, 103]", "+23% [19, 26]", "not compared", "not measured"],
        [QUICK[1], "+30 [27, 33]", "+19% [17, 21]", "+36% [32, 41]", "not measured"],
        [f"{QUICK[2]} *", "+54 [45, 62]", "+18% [14, 22]", "+37% [32, 43]", "not measured"],
    ]


def test_what_changed_between_them_is_named(results: Path) -> None:
    words = " ".join(_told(results).split())
    assert "other conditions: commit: 923b64b -> b7720f8; kernel: 6.18.44-fc-v669 -> 6.18.44-fc-v509" in words


def test_one_experiment_and_the_newest_runs_alone(results: Path) -> None:
    lines = _told(results, "--experiment", "quick", "--last", "1").splitlines()
    assert [line for line in lines if line.startswith("2026")] == [lines[2]]
    assert lines[2].startswith(f"{QUICK[2]} *")


def test_a_machine_gets_one_object(results: Path) -> None:
    told = json.loads(_told(results, "--json"))
    mini, quick = told["experiments"]
    assert mini["runs"][0]["answers"] == []
    assert [run["run_id"] for run in quick["runs"]] == QUICK
    assert [run["comparable"] for run in quick["runs"]] == [None, False, False]
    assert [run["committed"] for run in quick["runs"]] == [False, False, True]
    cost = quick["runs"][0]["answers"][0]["comparison"]
    assert cost["ratio"] == pytest.approx(1.2285, abs=1e-4)
    assert cost["verdict"] == "slower"


def test_nothing_is_derived(results: Path) -> None:
    before = sorted(results.rglob("*"))
    _told(results)
    assert sorted(results.rglob("*")) == before


def test_an_unknown_experiment_is_refused_with_the_nearest_name(results: Path) -> None:
    result = CliRunner().invoke(app, ["history", "--results", str(results), "--experiment", "quik"])
    assert isinstance(result.exception, Failure)
    assert "no run of 'quik'" in str(result.exception)
    assert "did you mean 'quick'?" in str(result.exception)


def test_where_there_is_none_it_says_how_to_make_one(tmp_path: Path) -> None:
    assert _told(tmp_path) == f"no run under {tmp_path / 'raw'}: authbench run makes one\n"
