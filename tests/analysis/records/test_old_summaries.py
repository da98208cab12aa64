"""Summaries and manifests as earlier versions wrote them: a command opens them, or says why not in a line.

`old/` has one committed run of each form that summary.json ever had, with its manifest (whose schema was 1,
then 2); the raw rows are in the history of this repository. A summary has always been of schema 1: fields
were added.
"""

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.records.summary import Summary
from authbench.cli import app
from authbench.contracts.failure import Failure
from authbench.contracts.run_directory import MANIFEST
from tests.analysis.capacity.runs import QUICK

OLD = Path(__file__).with_name("old")
RUNS = sorted(path.name for path in OLD.iterdir())


def _unpacked(run: str, name: str) -> str:
    return gzip.decompress((OLD / run / f"{name}.gz").read_bytes()).decode()


@pytest.fixture(params=RUNS)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An old run in the results folder `tmp_path`: its manifest and what was derived of it."""
    name: str = request.param
    for folder, file in (("raw", MANIFEST), ("derived", "summary.json")):
        place = tmp_path / folder / name
        place.mkdir(parents=True)
        (place / file).write_text(_unpacked(name, file), "utf-8")
    return name


def _asked(results: Path, *arguments: str) -> tuple[int, str]:
    """The exit code, and what was said: by a refusal in one line."""
    found = CliRunner().invoke(app, [*arguments, "--results", str(results)])
    if isinstance(found.exception, Failure):
        assert "\n" not in str(found.exception)
        return int(found.exception.exit_code), " ".join([*found.output.split(), str(found.exception)])
    assert found.exception is None or isinstance(found.exception, SystemExit), "a traceback"
    return found.exit_code, " ".join(found.output.split())


def test_every_form_is_there() -> None:
    fields = {run: set(json.loads(_unpacked(run, "summary.json"))) for run in RUNS}
    assert len({frozenset(one) for one in fields.values()}) == len(RUNS), "each one tells something new"
    assert {json.loads(_unpacked(run, MANIFEST))["schema_version"] for run in RUNS} == {1, 2}
    schema = json.loads((Path(__file__).parents[3] / "docs" / "summary.schema.json").read_text("utf-8"))
    assert schema["properties"]["schema_version"]["const"] == 1, (
        "a new schema: keep a run of the old one here"
    )


def test_an_old_summary_is_read(run: str) -> None:
    summary = Summary.model_validate_json(_unpacked(run, "summary.json"))
    assert summary.run_id == run
    assert summary.answers == [], "what it did not tell is left out"


def test_a_plan_rests_on_an_old_summary(run: str, tmp_path: Path) -> None:
    code, said = _asked(tmp_path, "plan", run, "--at", "3000")
    assert code == 0
    assert "At 3,000 requests/s session-redis needs" in said
    assert (tmp_path / "derived" / run / "plan.md").is_file()


def test_a_record_rests_on_an_old_summary(run: str, tmp_path: Path) -> None:
    code, said = _asked(tmp_path, "adr", "write", run, "--out", str(tmp_path / "decisions"))
    assert code == 0
    assert "the decision is yours" in said


def test_a_report_says_that_the_raw_rows_are_missing_and_keeps_the_summary(run: str, tmp_path: Path) -> None:
    summary = tmp_path / "derived" / run / "summary.json"
    before = summary.read_bytes()
    code, said = _asked(tmp_path, "report", run)
    assert code == 3
    assert "raw rows are missing (slices.jsonl" in said
    assert summary.read_bytes() == before


def test_a_comparison_says_that_the_raw_rows_are_missing(run: str, tmp_path: Path) -> None:
    code, said = _asked(tmp_path, "compare", run, str(QUICK))
    assert code == 3
    assert "INVALID" in said
    assert "slices.jsonl: cannot be read: No such file or directory" in said


def test_a_summary_of_a_later_version_is_passed_over_for_the_raw_run(run: str, tmp_path: Path) -> None:
    file = tmp_path / "derived" / run / "summary.json"
    file.write_text(file.read_text().replace('"schema_version": 1', '"schema_version": 2', 1))
    code, said = _asked(tmp_path, "plan", run, "--at", "3000")
    assert code == 2
    assert "the run is INVALID" in said


@pytest.mark.parametrize("verb", ["report", "plan", "adr", "compare"])
def test_a_manifest_of_a_later_version_says_what_to_do(verb: str, run: str, tmp_path: Path) -> None:
    file = tmp_path / "raw" / run / MANIFEST
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema_version": 99}))
    more = {"plan": ["--at", "3000"], "compare": [str(QUICK)]}.get(verb, [])
    code, said = _asked(tmp_path, verb, run, *more)
    assert code == 2
    assert "update authbench" in said
