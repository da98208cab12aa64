import csv
from pathlib import Path

import pytest

from analysis.derive import derive, point_latest
from analysis.records.summary import Summary
from authbench.contracts.failure import Failure
from authbench.contracts.records import SCHEMA_VERSION
from tests.analysis.build_run import ARMS, MiniRun


def test_a_run_yields_a_summary_that_reads_back_a_page_and_tables(tmp_path: Path) -> None:
    summary = derive(MiniRun(generations=3).write(tmp_path / "raw"), tmp_path)
    folder = tmp_path / "derived" / summary.run_id
    assert Summary.model_validate_json((folder / "summary.json").read_text()) == summary
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    with (folder / "tables" / "arms.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["arm"] for row in rows] == list(ARMS)
    assert rows[1]["store_commands.getex.commands"] == "480"
    assert not list(folder.rglob("*.part"))
    assert (folder / "figures" / "auth-tax.svg").read_text().startswith("<svg")
    assert (folder / "tables" / "timeline.csv").read_text().startswith("generation,cycle,number,at_s,arm,")
    for table in ("latency", "rates", "operations"):
        assert (folder / "tables" / f"{table}.csv").read_text().startswith("arm,")
    with (folder / "tables" / "comparisons.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(summary.comparisons)


def test_derived_files_can_be_made_again_and_come_out_the_same(tmp_path: Path) -> None:
    path = MiniRun().write(tmp_path / "raw")
    first = derive(path, tmp_path)
    page = (tmp_path / "derived" / first.run_id / "report.html").read_text()
    assert derive(path, tmp_path) == first
    assert (tmp_path / "derived" / first.run_id / "report.html").read_text() == page


def test_an_interrupted_run_is_told_as_one(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest |= {"status": "interrupted", "status_reason": "stopped by a signal"}
    path = mini.write(tmp_path / "raw")
    lines = (path / "slices.jsonl").read_text()
    (path / "slices.jsonl").write_text(lines[:-40])
    summary = derive(path, tmp_path)
    assert summary.status == "INVALID"
    assert "was interrupted (stopped by a signal): its figures are not used" in summary.reasons[0]
    assert "INVALID" in (tmp_path / "derived" / summary.run_id / "report.html").read_text()


def test_a_newer_runs_schema_is_a_failure_in_one_line(tmp_path: Path) -> None:
    path = MiniRun().write(tmp_path / "raw")
    manifest = (path / "manifest.json").read_text()
    (path / "manifest.json").write_text(
        manifest.replace(f'"schema_version":{SCHEMA_VERSION}', '"schema_version": 99')
    )
    with pytest.raises(Failure, match="update authbench"):
        derive(path, tmp_path)


def test_a_place_that_cannot_be_written_is_a_failure_in_one_line(tmp_path: Path) -> None:
    path = MiniRun(generations=1, cycles=1).write(tmp_path / "raw")
    (tmp_path / "derived").write_text("a file in the way")
    with pytest.raises(Failure, match="choose another place"):
        derive(path, tmp_path)


def test_latest_points_to_the_newest_complete_run(tmp_path: Path) -> None:
    for run_id in ("first", "second"):
        MiniRun(run_id=run_id, generations=1, cycles=1).write(tmp_path / "raw")
        assert point_latest(tmp_path, run_id)
        assert (tmp_path / "latest").resolve() == tmp_path / "raw" / run_id
    unfinished = MiniRun(run_id="third", generations=1, cycles=1)
    unfinished.manifest["status"] = "interrupted"
    unfinished.write(tmp_path / "raw")
    assert not point_latest(tmp_path, "third")
    assert (tmp_path / "latest").resolve() == tmp_path / "raw" / "second"
    assert not list(tmp_path.glob(".latest*"))
