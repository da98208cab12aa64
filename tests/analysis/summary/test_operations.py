from pathlib import Path

import pytest

from analysis.data.run import load_run
from analysis.summary.judged_run import judge_run
from analysis.summary.operations import summarize_operations
from analysis.summary.summarize import summarize
from authbench.contracts.records import Outcome
from tests.analysis.build_run import MIXED, MiniRun


def test_each_operation_has_its_own_figures_users_first(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, workload=MIXED)
    _, rows = mini.samples[0, 0, "jwt-hs256"]
    logins = rows["operation"] == 2
    rows["done_ns"][logins] += 30_000_000
    rows["outcome"][int(logins.argmax())] = Outcome.UNAVAILABLE
    run = load_run(mini.write(tmp_path))
    found = summarize_operations(judge_run(run), "jwt-hs256")
    assert list(found) == ["read", "login", "refresh"]
    assert [one.requests for one in found.values()] == [720, 80, 80]
    assert [one.housekeeping for one in found.values()] == [False, False, True]
    assert [one.errors for one in found.values()] == [0, 1, 0]
    assert found["login"].request == "POST /login"
    session = summarize_operations(judge_run(run), "session-redis")
    assert session["login"].store_commands == {"set": 1, "sadd": 2}
    assert "refresh" not in session


def test_a_mix_is_told_in_words_and_its_passwords_apart(tmp_path: Path) -> None:
    summary = summarize(judge_run(load_run(MiniRun(generations=5, workload=MIXED).write(tmp_path))))
    assert summary.status == "VALID"
    assert summary.operation == "90% GET /me, 10% POST /login"
    session = next(arm for arm in summary.arms if arm.arm == "session-redis")
    assert session.cpu_password_us.value == pytest.approx(3000)
    assert session.cpu_total_us.value == pytest.approx(730, rel=0.02)
    assert session.store_commands["sadd"].per_request == pytest.approx(0.2)
    assert "login" not in summary.not_measured[0]
