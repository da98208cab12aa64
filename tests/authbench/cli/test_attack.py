"""What `authbench attack` concludes from a report. Attacks themselves run in tests/loadtests/attacks."""

import json
from pathlib import Path

import pytest
import typer

from authbench.cli.attack import attack
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.security.attack import AttackOutcome, AttackReport
from loadtests.attacks import run_attacks
from loadtests.attacks.run_attacks import AttackRequest
from tests.loadtests.attacks.reports import cell, report

FINE = report(
    cell("session-redis", AttackOutcome.REJECTED),
    cell("jwt-hs256", AttackOutcome.SUCCEEDED, "nothing has ended it"),
    cell("none", AttackOutcome.NOT_RUN, "it believes everybody"),
)


def _ended(monkeypatch: pytest.MonkeyPatch, results: Path, found: AttackReport, *, json: bool = False) -> int:
    monkeypatch.setattr(run_attacks, "run_attacks", lambda _: found)
    try:
        attack(["session-redis"], None, False, results, json)
    except typer.Exit as ended:
        return ended.exit_code
    return 0


def test_a_scheme_that_falls_as_its_card_says_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _ended(monkeypatch, tmp_path, FINE) == ExitCode.DONE
    out = capsys.readouterr().out
    assert "E1   Is it still accepted?\n     1 reached, rejected, 1 SUCCEEDED, 1 not run\n" in out
    assert "SUCCEEDED: jwt-hs256: nothing has ended it" in out
    assert "not run: none: it believes everybody" in out
    assert "1 of 1 broken server fell" in out
    assert len(list(tmp_path.glob("security/*/attack.json"))) == 1


def test_a_void_row_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = report(cell("session-redis", AttackOutcome.REJECTED), void="it did not succeed on X")
    assert _ended(monkeypatch, tmp_path, found) == ExitCode.INVALID
    assert "VOID: it did not succeed on X" in capsys.readouterr().out


def test_a_scheme_that_does_what_its_card_denies_is_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    denied = cell("session-redis", AttackOutcome.SUCCEEDED, denied="logout_ends_credential: true")
    assert _ended(monkeypatch, tmp_path, report(denied, void="void")) == ExitCode.VERIFICATION
    out = capsys.readouterr().out
    assert "DENIED BY ITS CARD: session-redis, E1" in out
    assert "its card says logout_ends_credential: true" in out


def test_json_is_the_whole_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _ended(monkeypatch, tmp_path, FINE, json=True) == ExitCode.DONE
    assert AttackReport.model_validate(json.loads(capsys.readouterr().out)) == FINE


def test_all_schemes_but_the_control_are_attacked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[AttackRequest] = []

    def run(request: AttackRequest) -> AttackReport:
        asked.append(request)
        return FINE

    monkeypatch.setattr(run_attacks, "run_attacks", run)
    attack(None, ["E1", "E1"], True, tmp_path, False)
    (request,) = asked
    assert "none" not in request.schemes
    assert "session-redis" in request.schemes
    assert (request.rows, request.slow) == (["E1"], True)
    assert request.command == "authbench attack --row E1 --row E1 --slow"


def test_a_misspelt_scheme_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="unknown scheme 'session-rediss': did you mean 'session-redis'"):
        attack(["session-rediss"], None, False, tmp_path, False)


def test_a_misspelt_row_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="unknown row 'E99'"):
        attack(["session-redis"], ["E99"], False, tmp_path, False)


def test_the_help_says_that_only_own_servers_are_attacked() -> None:
    assert attack.__doc__ is not None
    assert "no other server can be attacked with this" in " ".join(attack.__doc__.split())
