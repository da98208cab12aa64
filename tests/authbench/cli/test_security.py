"""`authbench security`: the page is written, and the exit code says whether all of it can be used."""

import json
from pathlib import Path

import pytest
import typer

from authbench.cli.security import security
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.security.attack import AttackReport
from authbench.contracts.security.report import write_security_report
from tests.analysis.security.reports import REJECTED, SUCCEEDED, attack_report, cell, every_outcome, row

FINE = attack_report(row("E1", cell("session-redis", REJECTED), cell("jwt-hs256", SUCCEEDED)))


def _ended(results: Path, report: AttackReport, *, as_json: bool = False) -> int:
    write_security_report(results, report)
    try:
        security(results=results, json=as_json)
    except typer.Exit as ended:
        return ended.exit_code
    return ExitCode.DONE


def test_a_page_and_a_line_for_each_scheme(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ended(tmp_path, FINE) == ExitCode.DONE
    page = tmp_path / "security" / "security.html"
    assert 'href="#E1.jwt-hs256"' in page.read_text("utf-8")
    out = capsys.readouterr().out
    assert "jwt-hs256" in out
    assert str(page) in out.replace("\n", "")


def test_a_void_row_is_told_by_the_exit_code(tmp_path: Path) -> None:
    assert _ended(tmp_path, every_outcome()) == ExitCode.INVALID


def test_what_a_card_denies_is_told_before_that(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    denied = row("E1", cell("session-redis", SUCCEEDED, denied_by_card="logout_ends_credential: true"))
    report = attack_report(denied, row("E2", void="it did not fall"))
    assert _ended(tmp_path, report, as_json=True) == ExitCode.VERIFICATION
    assert json.loads(capsys.readouterr().out)["denied"] == ["E1, session-redis: because of SUCCEEDED"]


def test_no_reports_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="no report of attacks, revocations or drills yet"):
        security(results=tmp_path)
