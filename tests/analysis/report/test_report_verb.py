"""The verb `report`, called as the front door calls it."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from analysis.derive import point_latest
from authbench.cli.report import report
from tests.analysis.build_run import MiniRun

app = typer.Typer()
app.command("report")(report)
runner = CliRunner()


def test_it_rebuilds_and_prints_the_latest_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = MiniRun(generations=3).write(tmp_path / "results" / "raw")
    point_latest(tmp_path / "results", path.name)
    for argument in ([], ["results/latest"], [str(path)]):
        result = runner.invoke(app, argument)
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith("cost VALID · latency VALID")
        assert "judging 48 slices ...\ndrawing the page ...\n" in result.stderr
    assert (tmp_path / "results" / "derived" / path.name / "report.html").is_file()


def test_verbose_prints_every_table(tmp_path: Path) -> None:
    path = MiniRun(generations=3).write(tmp_path / "raw")
    arguments = [path.name, "--results", str(tmp_path)]
    assert "CPU per request, us" not in runner.invoke(app, arguments).stdout
    assert "CPU per request, us" in runner.invoke(app, [*arguments, "-v"]).stdout


def test_the_readers_own_rate_is_on_the_screen_and_on_the_page(tmp_path: Path) -> None:
    path = MiniRun(generations=3).write(tmp_path / "raw")
    result = runner.invoke(app, [path.name, "--results", str(tmp_path), "--at", "3000"])
    assert "At 3,000 requests/s (as asked) session-redis needs 0.3" in " ".join(result.stdout.split())
    told = json.loads((tmp_path / "derived" / path.name / "summary.json").read_text("utf-8"))
    assert told["so_what"]["rate_rps"] == 3000


def test_a_machine_gets_the_summary(tmp_path: Path) -> None:
    path = MiniRun().write(tmp_path / "raw")
    result = runner.invoke(app, [path.name, "--results", str(tmp_path), "--json"])
    assert json.loads(result.stdout)["run_id"] == path.name


def test_an_invalid_run_ends_with_three(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["status"] = "interrupted"
    path = mini.write(tmp_path / "raw")
    result = runner.invoke(app, [path.name, "--results", str(tmp_path)])
    assert result.exit_code == 3
    assert result.stdout.startswith("INVALID")
