"""A whole command: conditions under which a scheme does not start, controls that stand, an interruption."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from authbench.contracts.security.attack import AttackOutcome
from authbench.contracts.security.report import Kind
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.replay_after_logout import ReplayAfterLogout
from loadtests.attacks.run_attacks import AttackRequest, run_attacks
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme


def _run(schemes: list[str], rows: list[str]) -> AttackRequest:
    cards = {
        name: find_scheme(name)(ServerSettings(scheme=name, redis_url="redis://127.0.0.1")).card
        for name in schemes
    }
    return AttackRequest(schemes, rows, False, cards, "authbench attack", say=lambda _: None)


def test_a_report_has_a_row_for_each_attack_and_a_cell_for_each_scheme() -> None:
    report = run_attacks(_run(["session-redis", "jwt-hs256"], ["E1", "A6"]))
    assert report.header.kind is Kind.ATTACK
    assert report.header.store
    assert [row.id for row in report.rows] == ["A6", "E1"]
    assert [cell.scheme for cell in report.rows[1].cells] == ["session-redis", "jwt-hs256"]
    assert list(report.cards) == ["session-redis", "jwt-hs256"]
    assert not report.void
    assert not report.denied
    control = report.rows[1].control
    assert control is not None
    assert control.outcome is AttackOutcome.SUCCEEDED


def test_a_row_is_void_when_its_control_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReplayAfterLogout, "control", Control("session-redis"))
    (row,) = run_attacks(_run(["jwt-hs256"], ["E1"])).rows
    assert row.void is not None
    assert "did not succeed on session-redis, where it must (reached, rejected" in row.void


def test_a_scheme_that_cannot_start_under_a_condition_is_not_run() -> None:
    (row,) = run_attacks(_run(["tests.loadtests.attacks.alone:AloneScheme"], ["E2"])).rows
    assert row.void is None
    (cell,) = row.cells
    assert cell.outcome is AttackOutcome.NOT_RUN
    assert cell.reason == "the server does not start so (two workers): alone runs in one process"


@pytest.mark.long
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "authbench", "attack", "session-redis", "--results", str(tmp_path)]
    temporary = tmp_path / "t"
    temporary.mkdir()
    process = subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(temporary)}, stderr=subprocess.PIPE, text=True
    )
    children: list[psutil.Process] = []
    deadline = time.monotonic() + 60
    while len(children) < 3 and time.monotonic() < deadline:
        children = psutil.Process(process.pid).children(recursive=True)
        time.sleep(0.2)
    assert len(children) >= 3
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert not [each for each in children if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    assert not list(tmp_path.glob("security/*"))
    assert not list(temporary.glob("authbench-*/run-*"))
