"""The verb `adr`: writing is what it does unless told to check."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from authbench.cli import app
from authbench.contracts.failure import Failure
from tests.analysis.build_run import MiniRun
from tests.analysis.capacity.runs import QUICK, ROOT


@pytest.mark.parametrize("arguments", [["adr"], ["adr", "write"]])
def test_it_writes_from_the_newest_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    MiniRun(generations=5, requests=60).write(tmp_path / "results" / "raw")
    monkeypatch.chdir(tmp_path)
    context = tmp_path / "context.toml"
    context.write_text('title = "Sessions: which?"\n[requirements]\nmax_revocation_s = 60\n', "utf-8")
    done = CliRunner().invoke(app, [*arguments, "--context", "context.toml"], catch_exceptions=False)
    assert done.exit_code == 0
    path = Path(done.stdout.partition(":")[0])
    assert path == Path("docs/decisions/0001-sessions-which.md")
    text = path.read_text("utf-8")
    assert "\n# Sessions: which?\n" in text
    # Schemes that the run did not measure are options too: hybrids.
    assert "* jwt-denylist: jwt-hs256 with a deny list" in text


def test_its_help_names_both(tmp_path: Path) -> None:
    out = CliRunner().invoke(app, ["adr", "--help"]).stdout
    assert "write" in out
    assert "check" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing"], "no run 'nothing'"),
        (["check", "nowhere.md"], "nowhere.md: cannot be read"),
        (["latest", "--context", "nowhere.toml"], "nowhere.toml: cannot be read"),
        ([str(QUICK), "--out", "/proc/x"], "/proc/x: cannot be made: .*; choose another place with --out"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, arguments: list[str], told: str) -> None:
    with pytest.raises(Failure, match=told):
        CliRunner().invoke(app, ["adr", *arguments, "--results", str(tmp_path)], catch_exceptions=False)


def _written(tmp_path: Path, *arguments: str) -> str:
    """The record that the command writes of the committed run."""
    out = ["--out", str(tmp_path / "decisions")]
    done = CliRunner().invoke(app, ["adr", str(QUICK), *out, *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return Path(done.stdout.partition(":")[0]).read_text("utf-8")


def test_a_demand_brings_its_plan_into_the_record(tmp_path: Path) -> None:
    context, demand = (ROOT / "docs" / f"{name}.example.toml" for name in ("context", "demand"))
    text = _written(tmp_path, "--context", str(context), "--demand", str(demand))
    assert "planned for 3,000 requests/s: cores to provide |" in text
    text = _written(tmp_path, "--context", str(context), "--demand", str(demand), "--at", "1000")
    assert "planned for 1,500 requests/s: cores to provide |" in text
    assert "* `requirements.peak_rps = 1500` (asked)" in text


def test_a_peak_alone_is_a_demand(tmp_path: Path) -> None:
    context = tmp_path / "context.toml"
    context.write_text("[requirements]\npeak_rps = 2000\n", "utf-8")
    assert "planned for 2,000 requests/s: nodes |" in _written(tmp_path, "--context", str(context))
    assert "planned for" not in _written(tmp_path)


def test_two_peaks_are_refused_in_one_line(tmp_path: Path) -> None:
    context, demand = tmp_path / "context.toml", tmp_path / "demand.toml"
    context.write_text("[requirements]\npeak_rps = 2000\n", "utf-8")
    demand.write_text("peak_rps = 2000\ngrowth = 1.5\n", "utf-8")
    with pytest.raises(Failure, match="context is 2000, and the demand plans for 3000 requests/s"):
        _written(tmp_path, "--context", str(context), "--demand", str(demand))
