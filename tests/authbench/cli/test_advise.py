"""The verb `advise`: what remains of the schemes here, grouped by reason, and one line for a mistake."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from authbench.cli import app
from authbench.contracts.failure import Failure
from authbench.contracts.security.report import write_security_report
from tests.analysis.security.reports import SUCCEEDED, attack_report, cell, row

EXAMPLE = str(Path(__file__).parents[3] / "docs" / "context.example.toml")


def _advise(results: Path, *arguments: str) -> str:
    done = CliRunner().invoke(
        app, ["advise", "--context", EXAMPLE, "--results", str(results), *arguments], catch_exceptions=False
    )
    assert done.exit_code == 0
    return done.stdout


def test_each_scheme_is_under_one_heading_with_its_reasons(tmp_path: Path) -> None:
    out = _advise(tmp_path)
    assert "asked: requirements.max_revocation_s = 60\n" in out
    assert "measured in: nothing; every reason is what a card declares\n" in out
    remain, excluded = out.partition("\nRemain:\n")[2].split("\nExcluded:\n")
    assert "session-redis" in remain
    assert "jwt-hs256" in excluded.partition("script in the page can take the credential")[0]
    assert "would do, at a refresh as often (declared)" in excluded
    assert out.rstrip().splitlines()[-1].endswith("session-sql.")
    assert "none" not in remain.replace(",", " ").split()


def test_a_measured_reason_names_its_report_also_among_the_committed_ones(tmp_path: Path) -> None:
    report = attack_report(row("C1", cell("session-redis", SUCCEEDED, "C1")))
    write_security_report(tmp_path / "reference", report)
    told = json.loads(_advise(tmp_path, "--scheme", "session-redis", "--json"))
    assert told["reports"] == [report.header.run_id]
    (one,) = told["schemes"]
    assert one["remains"] is False
    assert [(why["source"], why["by"]) for why in one["reasons"] if why["effect"] == "excludes"] == [
        ("measured", report.header.run_id)
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "nothing says what for: give --context FILE"),
        (["--context", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["--context", EXAMPLE, "--scheme", "jwt-hs257"], "unknown scheme 'jwt-hs257': did you mean"),
        (["--context", EXAMPLE, "--run", "nothing"], "no run 'nothing'"),
        (["--context", EXAMPLE, "--security", "nowhere"], "nowhere/security: no report of attacks"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, arguments: list[str], told: str) -> None:
    with pytest.raises(Failure, match=told):
        CliRunner().invoke(app, ["advise", *arguments, "--results", str(tmp_path)], catch_exceptions=False)
