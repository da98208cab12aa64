"""The verb `compare`, called as the front door calls it."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner

from analysis.data.stored_calibration import store_calibration
from analysis.rules.discovery import known_rules
from authbench.cli.compare import compare
from authbench.cli.report import report
from authbench.contracts.failure import ExitCode, Failure
from tests.analysis.build_run import MiniRun
from tests.analysis.calibration.make_calibration import make_calibration

app = typer.Typer()
app.command("compare")(compare)
runner = CliRunner()


def _write(results: Path, name: str, seed: int = 1, slower: float = 1.0, kernel: str | None = None) -> None:
    mini = MiniRun(generations=5, requests=60, run_id=name, seed=seed, factor={"jwt-hs256": slower})
    if kernel:
        mini.manifest["machine"] = mini.manifest["machine"].model_copy(update={"kernel": kernel})
    mini.write(results / "raw")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    _write(tmp_path, "base")
    _write(tmp_path, "again", seed=2)
    _write(tmp_path, "slower", seed=3, slower=1.2)
    _write(tmp_path, "elsewhere", seed=4, slower=1.2, kernel="7.0")
    return tmp_path


def test_no_regression(results: Path) -> None:
    done = runner.invoke(app, ["base", "again", "--results", str(results), "--fail-on", "regression"])
    assert done.exit_code == ExitCode.DONE, done.output
    lines = done.output.splitlines()
    assert lines[0].startswith("A (baseline) base, 200 requests/s")
    assert max(map(len, lines)) <= 100
    assert " ".join(done.output.split()).endswith(
        "no regression: no arm costs 5.0% or more above run A in CPU per request."
    )
    assert "FORCED" not in done.output


def test_a_regression_is_a_gate_only_where_asked(results: Path) -> None:
    arguments = ["base", "slower", "--results", str(results)]
    told = runner.invoke(app, arguments)
    assert (told.exit_code, "REGRESSION" in told.output) == (0, True)
    gated = runner.invoke(app, [*arguments, "--fail-on", "regression"])
    assert gated.exit_code == ExitCode.GATE
    lenient = runner.invoke(app, [*arguments, "--fail-on", "regression", "--threshold", "0.5"])
    assert lenient.exit_code == 0


def test_a_machine_gets_one_object(results: Path) -> None:
    done = runner.invoke(app, ["base", "slower", "--results", str(results), "--json"])
    told = json.loads(done.output)
    assert (told["run_a"], told["run_b"], told["regressions"]) == ("base", "slower", ["jwt-hs256"])


def test_other_conditions_are_refused_and_named(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Failure, match="conditions differ \\(1\\)") as caught:
        compare("base", "elsewhere", results=results)
    assert caught.value.exit_code == ExitCode.NOT_COMPARABLE
    out, err = capsys.readouterr()
    assert (out, err) == ("", "authbench: V39: kernel: 6.1 in A, 7.0 in B\n")


def test_forced_every_table_and_the_json_name_the_difference(results: Path) -> None:
    arguments = ["base", "elsewhere", "--force", "--results", str(results)]
    text = runner.invoke(app, arguments).output
    tables = sum(line.startswith("──") for line in text.splitlines())
    assert tables == 3
    assert text.count("FORCED: kernel: 6.1 in A, 7.0 in B") == tables
    told = json.loads(runner.invoke(app, [*arguments, "--json"]).output)
    assert told["forced"] == ["kernel: 6.1 in A, 7.0 in B"]
    assert [finding["rule"] for finding in told["differences"]] == ["V39"]


def test_a_run_that_is_not_whole_is_refused(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mini = MiniRun(generations=5, run_id="cut", seed=2)
    mini.manifest["status"] = "interrupted"
    mini.write(results / "raw")
    with pytest.raises(Failure, match="a run is INVALID") as caught:
        compare("base", "cut", results=results)
    assert caught.value.exit_code == ExitCode.INVALID
    assert "B is INVALID" in capsys.readouterr().err
    forced = runner.invoke(app, ["base", "cut", "--force", "--results", str(results)])
    assert forced.exit_code == 0, forced.output
    assert "FORCED" in forced.output
    assert "no regression can be told from noise" in " ".join(forced.output.split())


@pytest.mark.parametrize(("visible_us", "verdict"), [(100.0, "slower"), (200.0, "below-noise-floor")])
def test_it_judges_a_run_as_report_does(results: Path, visible_us: float, verdict: str) -> None:
    """The arms differ by about 128 us: more than the calibration of this machine can see, or less."""
    store_calibration(results, make_calibration(cpu_us=visible_us))
    reports = typer.Typer()
    reports.command("report")(report)
    shown = json.loads(runner.invoke(reports, ["base", "--results", str(results), "--json"]).stdout)
    compared = json.loads(runner.invoke(app, ["base", "again", "--results", str(results), "--json"]).output)
    of_report = {(c["a"], c["b"], c["metric"]): c["verdict"] for c in shown["comparisons"]}
    of_compare = {(c["a"], c["b"], c["metric"]): c["verdict_a"] for c in compared["pairs"]}
    assert of_compare["session-redis", "jwt-hs256", "cpu_total_us"] == verdict
    assert of_compare.items() <= of_report.items()


def test_the_last_two_runs_of_an_experiment_are_compared_without_a_name(results: Path) -> None:
    for name, hour in (("20261121T090000Z-mini-aaaaaa", 9), ("20261121T100000Z-mini-bbbbbb", 10)):
        mini = MiniRun(generations=5, requests=60, run_id=name, seed=hour)
        mini.manifest["started_at"] = f"2026-11-21T{hour:02}:00:00+00:00"
        mini.write(results / "raw")
    told = json.loads(runner.invoke(app, ["--results", str(results), "--json"]).stdout)
    assert (told["run_a"][-6:], told["run_b"][-6:]) == ("aaaaaa", "bbbbbb")
    told = json.loads(runner.invoke(app, ["base", "latest", "--results", str(results), "--json"]).stdout)
    assert (told["run_a"], told["run_b"][-6:]) == ("base", "bbbbbb")


def test_a_baseline_that_is_not_there_is_named(results: Path) -> None:
    with pytest.raises(Failure, match="no baseline: no complete run of mini before base") as caught:
        compare("previous", "base", results=results)
    assert caught.value.exit_code == ExitCode.NO_BASELINE


def test_another_rate_is_refused_with_what_to_do(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mini = MiniRun(generations=5, run_id="faster")
    mini.manifest["rate"] = mini.manifest["rate"].model_copy(update={"offered_rps": 400.0})
    mini.write(results / "raw")
    with pytest.raises(Failure, match="set rate_rps in a copy of the experiment's file"):
        compare("base", "faster", results=results)
    assert "V39: offered rate: 200 requests/s in A, 400 in B" in capsys.readouterr().err


def test_a_pull_request_gets_markdown(results: Path) -> None:
    told = runner.invoke(app, ["base", "slower", "--results", str(results), "--markdown"])
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[0].startswith("**authbench compare:** regression: jwt-hs256 costs 20% more CPU per request")
    assert lines[2:4] == ["| arm | CPU per request, B / A [95%] | verdict |", "| --- | --- | --- |"]
    assert lines[4].startswith("| jwt-hs256 | 1.")
    assert lines[4].endswith(" | REGRESSION |")
    assert "* A (baseline) `base`, B `slower`." in lines
    assert len(told.stdout) < 65_536


def test_a_ci_gets_rules_and_gates_as_test_cases(results: Path) -> None:
    file = results / "junit.xml"
    runner.invoke(app, ["base", "slower", "--results", str(results), "--junit", str(file)])
    suites = {suite.attrib["name"]: suite for suite in ElementTree.parse(file).getroot()}
    assert [*suites] == ["validity of run A base", "validity of run B slower", "gates"]
    rules = suites["validity of run A base"]
    assert int(rules.attrib["tests"]) == len(known_rules()) == len(rules)
    assert (rules.attrib["failures"], rules.attrib["errors"]) == ("0", "0")
    failed = {case.attrib["name"] for case in suites["gates"] if case.find("failure") is not None}
    assert failed == {"CPU per request of jwt-hs256"}
    skipped = [case for case in suites["gates"] if case.find("skipped") is not None]
    assert all(case.attrib["name"].startswith("throughput of ") for case in skipped)
    assert int(suites["gates"].attrib["skipped"]) == len(skipped) == 4


@pytest.mark.parametrize(
    ("runs", "code", "words"),
    [
        (["base", "elsewhere"], ExitCode.NOT_COMPARABLE, "stale baseline: conditions differ (1)"),
        (["previous", "base"], ExitCode.NO_BASELINE, "no baseline: no complete run of mini before base"),
    ],
)
def test_what_is_not_compared_is_said_everywhere(
    results: Path, runs: list[str], code: ExitCode, words: str
) -> None:
    file = results / "junit.xml"
    arguments = [*runs, "--results", str(results), "--markdown", "--junit", str(file)]
    done = runner.invoke(app, arguments)
    assert isinstance(done.exception, Failure)
    assert done.exception.exit_code == code
    assert f"**authbench compare:** not compared: {words}" in done.stdout
    (error,) = ElementTree.parse(file).getroot().iter("error")
    assert error.attrib["message"].startswith(words)
