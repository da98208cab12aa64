from pathlib import Path

import pytest

from analysis.data.run import load_run
from analysis.records.summary import Summary
from analysis.summary.between_arms import summarize_throughput_ranking
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from tests.analysis.build_run import MiniRun

ARM = "session-redis"


def _summary(mini: MiniRun, folder: Path) -> Summary:
    return summarize(judge_run(load_run(mini.write(folder))))


def test_an_arm_has_its_throughput_with_an_interval(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5, saturated_cycles=3), tmp_path)
    found = summary.arms[1].throughput
    assert found is not None
    assert (found.at_least, found.reason, found.cores) == (False, "", 1)
    assert found.rps.value == pytest.approx(0.99e6 / 700, rel=0.02)
    assert found.rps.low is not None
    assert found.rps.low < 0.99e6 / 700 < (found.rps.high or 0)
    assert found.cpu_app_us.value == pytest.approx(700, rel=0.02)
    assert found.cpu_total_us.value == pytest.approx(730, rel=0.02)
    assert found.app_busy == pytest.approx(0.99, abs=0.01)
    assert found.store_busy == pytest.approx(0.042, abs=0.003)


def test_saturated_slices_change_no_other_figure(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, saturated_cycles=3, ladder=(100.0, 400.0))
    plain = MiniRun(generations=5, saturated_cycles=3, ladder=(100.0, 400.0))
    plain.slices = [judged for judged in plain.slices if judged.measured.purpose != "saturated"]
    plain.manifest["experiment"] = plain.manifest["experiment"].model_copy(update={"saturated_cycles": 0})
    a, b = _summary(mini, tmp_path / "a"), _summary(plain, tmp_path / "b")
    assert [one.model_copy(update={"throughput": None}) for one in a.arms] == b.arms
    kept = [one for one in a.comparisons if one.metric != "throughput_rps"]
    assert kept == [one for one in b.comparisons if one.metric != "throughput_rps"]
    assert a.findings == b.findings
    assert (a.cycles_planned, a.cycles_whole) == (b.cycles_planned, b.cycles_whole)


def test_a_lower_bound_is_shown_with_its_reason_and_its_remedy(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, saturated_cycles=3)
    mini.change_saturated(ARM, lambda own: {"generator_busiest_ns": own.window_ns})
    found = _summary(mini, tmp_path).arms[1].throughput
    assert found is not None
    assert found.at_least
    assert found.rps.value == pytest.approx(0.99e6 / 700, rel=0.02)
    assert found.reason == "the load generator was full -> use a machine with more processors"
    assert found.generator_busy == pytest.approx(1)


def test_failed_requests_are_no_lower_bound(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, saturated_cycles=3)
    mini.change_saturated(ARM, lambda own: {"accepted": own.accepted // 2})
    found = _summary(mini, tmp_path).arms[1].throughput
    assert found is not None
    assert not found.at_least
    assert "failed" in found.reason


def test_nothing_saturated_has_no_throughput_and_says_so(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)
    assert [arm.throughput for arm in summary.arms] == [None] * 4
    assert summary.throughput_ranking == []
    assert "throughput" in summary.not_measured
    assert "throughput" not in _summary(MiniRun(saturated_cycles=1), tmp_path / "with").not_measured


def test_the_store_is_as_busy_as_its_clock_says(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5, noise=0.0), tmp_path)
    session, token = summary.arms[1], summary.arms[3]
    assert session.store_busy == pytest.approx(40 * 30e-6 / 0.310)
    assert token.store_busy is None


def test_a_store_behind_sql_has_a_process_that_nobody_reads(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, saturated_cycles=2)
    cards = mini.manifest["cards"]
    mini.manifest["cards"] = {**cards, ARM: cards[ARM].model_copy(update={"store": "sql"})}
    session = _summary(mini, tmp_path).arms[1]
    assert session.store_busy is None
    assert session.throughput is not None
    assert session.throughput.store_busy is None


def test_a_store_that_cannot_be_read_has_no_share(tmp_path: Path) -> None:
    mini = MiniRun(generations=5)
    mini.change_every(ARM, store_cpu_ns=None)
    assert _summary(mini, tmp_path).arms[1].store_busy is None


def _places(mini: MiniRun, folder: Path) -> list[tuple[int, str]]:
    run = judge_run(load_run(mini.write(folder)))
    found = summarize_throughput_ranking(run, summarize(run).arms, least=1)
    return [(rank.place, rank.arm) for rank in found]


def test_arms_stand_by_what_they_serve(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, saturated_cycles=3, noise=0.002)
    assert _places(mini, tmp_path) == [(1, "jwt-hs256"), (2, ARM)]
    assert _summary(mini, tmp_path / "few").throughput_ranking == []


def test_arms_that_serve_alike_share_a_place(tmp_path: Path) -> None:
    same = MiniRun(generations=5, saturated_cycles=3, noise=0.002, factor={"jwt-hs256": 700 / 600})
    assert [place for place, _ in _places(same, tmp_path)] == [1, 1]


def test_a_lower_bound_has_no_place(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, saturated_cycles=3, noise=0.002)
    mini.change_saturated("jwt-hs256", lambda own: {"generator_busiest_ns": own.window_ns})
    assert _places(mini, tmp_path) == [(1, ARM)]
