"""The report of a service that is not part of authbench: nothing is subtracted, nothing is guessed."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from analysis.derive import derive
from analysis.records.summary import Summary
from analysis.report.screen import print_screen
from analysis.report.sentences import store_commands
from analysis.report.terminal import print_report
from tests.analysis.build_run import MiniRun
from tests.analysis.foreign_run import SESSION, TOKEN, foreign_run


def derived(mini: MiniRun, folder: Path) -> tuple[Summary, str]:
    path = mini.write(folder / "raw")
    summary = derive(path, folder)
    return summary, (folder / "derived" / summary.run_id / "report.html").read_text("utf-8")


def printed(summary: Summary) -> str:
    text = io.StringIO()
    print_screen(summary, None, Console(file=text, width=100))
    print_report(summary, None, Console(file=text, width=100))
    return text.getvalue()


def test_what_is_known_is_shown_and_nothing_is_subtracted(tmp_path: Path) -> None:
    summary, page = derived(foreign_run(generations=5), tmp_path)
    assert summary.status == "VALID"
    arms = {arm.arm: arm for arm in summary.arms}
    assert {arm.role for arm in summary.arms} == {"arm", "twin"}
    assert summary.primary_metric == "cpu_app_us"
    for arm in summary.arms:
        assert arm.cpu_minus_control_us.value is None
        assert arm.cpu_total_us.value is None, "its store may have cost more"
        assert arm.cost_us.value is not None
        assert not arm.declared
    assert arms[SESSION].store == "redis"
    assert arms[TOKEN].store == "unknown"
    renewals = arms[TOKEN].renewals
    assert renewals is not None
    assert (renewals.by, renewals.sent, renewals.p50_ms, renewals.slowest_ms) == ("refresh", 3, 2.0, 9.0)
    assert summary.operation == "GET /account"
    assert next(c for c in summary.comparisons if c.primary).ratio is not None
    for words in ("Nothing is subtracted.", "3 by refresh", "CPU of the store", "what a restart changes"):
        assert words in page
    assert "<td>1 (process ids)</td>" in page
    assert "above the control" not in page
    text = printed(summary)
    assert "no control, nothing is subtracted" in text
    assert f"{TOKEN} 3 by refresh" in text


def test_what_could_not_be_read_is_not_measured(tmp_path: Path) -> None:
    summary, page = derived(foreign_run(cpu=False, counts=False), tmp_path)
    assert summary.status == "VALID"
    answers = {one.answer: one.status for one in summary.answers}
    assert answers["cost"] == answers["store load"] == answers["throughput"] == "NOT MEASURED"
    assert all(arm.app_utilisation is None and arm.store == "unknown" for arm in summary.arms)
    missing = " ".join(summary.not_measured)
    assert f"CPU of {SESSION}, {TOKEN}: the target file names no process" in missing
    assert "store commands and bytes: the target file names no Redis and no PostgreSQL" in missing
    assert "not counted" in page
    assert "not counted" in printed(summary)


@pytest.mark.parametrize(
    ("counts", "store", "commands"),
    [(False, "sql", "1 select"), (True, "redis and sql", "1 getex, 1 select")],
)
def test_statements_are_counted_and_their_bytes_are_not(
    tmp_path: Path, counts: bool, store: str, commands: str
) -> None:
    summary, page = derived(foreign_run(counts=counts, statements=True), tmp_path)
    assert summary.status == "VALID"
    arms = {arm.arm: arm for arm in summary.arms}
    assert [arms[SESSION].store, arms[TOKEN].store] == [store, "unknown"]
    assert store_commands(arms[SESSION]) == commands
    assert arms[SESSION].store_bytes_in is arms[SESSION].store_bytes_out is None
    missing = " ".join(summary.not_measured)
    assert "bytes to and from the store: PostgreSQL does not count them" in missing
    assert ("commands to a Redis: the target file names none" in missing) is not counts
    assert [one.server for one in summary.stores] == [*(["Redis"] if counts else []), "PostgreSQL"]
    assert "the scheme's card says" not in page
    for shown in (page, printed(summary)):
        assert "PostgreSQL 15.4 (url, tcp), round trip 70 us" in shown
        assert commands in shown


@pytest.mark.parametrize("cpu", [True, False])
def test_a_screen_is_as_wide_as_ever(tmp_path: Path, cpu: bool) -> None:
    summary, _ = derived(foreign_run(cpu=cpu), tmp_path)
    text = io.StringIO()
    print_screen(summary, None, Console(file=text, width=100))
    assert max(len(line) for line in text.getvalue().splitlines()) <= 100
