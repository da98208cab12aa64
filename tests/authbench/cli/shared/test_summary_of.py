"""A derived summary is read where it holds; else the run is summarized."""

import os
from pathlib import Path

import pytest

from authbench.cli.shared.find_run import summary_of
from tests.analysis.build_run import MiniRun
from tests.analysis.capacity.runs import mini


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return MiniRun(generations=5).write(tmp_path / "raw")


MARK = "as it was derived"


def _derive(run: Path, results: Path) -> None:
    """Write the summary of another miniature run under this one's name, so that it can be told apart."""
    summary = mini()[0].model_copy(update={"question": MARK})
    folder = results / "derived" / run.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text(summary.model_dump_json(), "utf-8")


def test_a_derived_summary_is_read(run: Path, tmp_path: Path) -> None:
    _derive(run, tmp_path)
    assert summary_of(run, tmp_path).question == MARK


def test_that_beside_the_run_is_read_where_results_are_elsewhere(run: Path, tmp_path: Path) -> None:
    _derive(run, tmp_path)
    assert summary_of(run, tmp_path / "elsewhere").question == MARK


def test_one_that_is_older_than_the_run_or_cannot_be_read_is_not(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "derived" / run.name / "summary.json"
    _derive(run, tmp_path)
    os.utime(file, (1, 1))
    assert summary_of(run, tmp_path).question != MARK
    file.write_text("{}", "utf-8")
    assert summary_of(run, tmp_path).run_id == run.name
