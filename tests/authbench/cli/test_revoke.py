"""What `authbench revoke` concludes from a report. Revocations themselves run in tests/integration."""

import json
from pathlib import Path

import pytest
import typer

from authbench.cli.revoke import revoke
from authbench.cli.shared import revocation
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.security.report import read_security_report
from authbench.contracts.security.revocation import RevocationReport
from tests.analysis.revocation.reports import CAME_BACK, KEEPS, report


def _ended(
    monkeypatch: pytest.MonkeyPatch, results: Path, found: RevocationReport, *, as_json: bool = False
) -> int:
    monkeypatch.setattr(revocation, "revoke_credentials", lambda _: found)
    try:
        revoke(["session-redis"], results=results, json=as_json)
    except typer.Exit as ended:
        return ended.exit_code
    return 0


def test_schemes_that_keep_their_cards_are_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = report(KEEPS)
    assert _ended(monkeypatch, tmp_path, found, as_json=True) == ExitCode.DONE
    assert RevocationReport.model_validate(json.loads(capsys.readouterr().out)) == found
    (path,) = tmp_path.glob("security/*/revocation.json")
    assert read_security_report(path, RevocationReport) == found


def test_a_window_longer_than_declared_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _ended(monkeypatch, tmp_path, report(KEEPS, declared_s=0)) == ExitCode.VERIFICATION
    assert _ended(monkeypatch, tmp_path, report(CAME_BACK)) == ExitCode.VERIFICATION


def test_a_control_that_was_not_found_outweighs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither a failure nor a success can be believed then."""
    assert _ended(monkeypatch, tmp_path, report(KEEPS, declared_s=0, control=())) == ExitCode.INVALID
    assert _ended(monkeypatch, tmp_path, report(KEEPS, control=())) == ExitCode.INVALID


def test_an_unknown_scheme_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="session-redis"):
        revoke(["session-reddis"], results=tmp_path)
