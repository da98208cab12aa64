"""Latency in a summary: always described, marked where a rule objects, no interval that twins disprove."""

import math
from pathlib import Path

import pytest

from analysis.data.run import load_run
from analysis.records.summary import ArmSummary, Comparison, Summary
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.records import Outcome, StoreMemory
from tests.analysis.build_run import ARMS, MiniRun

TWIN = "session-redis (twin)"


def _summary(mini: MiniRun, tmp_path: Path) -> Summary:
    return summarize(judge_run(load_run(mini.write(tmp_path))))


def _arm(summary: Summary, name: str) -> ArmSummary:
    return next(arm for arm in summary.arms if arm.arm == name)


def _comparison(summary: Summary, metric: str) -> Comparison:
    return next(each for each in summary.comparisons if each.metric == metric)


@pytest.mark.parametrize("code", ["V06", "V07", "V10"])
def test_what_a_rule_marks_is_described_and_compared(tmp_path: Path, code: str) -> None:
    mini = MiniRun(generations=5)
    for label in ARMS:
        mini.tag(label, code)
    summary = _summary(mini, tmp_path)
    for arm in summary.arms:
        assert arm.service_ms["p50"].value is not None
        assert arm.response_ms["p95"].value is not None
        assert arm.marks == {"latency": [code], "response": [code]}
    assert _comparison(summary, "service_p50_ms").verdict == "slower"


def test_what_a_rule_refuses_is_described_and_not_compared(tmp_path: Path) -> None:
    errors = MiniRun(generations=5, requests=400)
    for (_, _, arm), (_, rows) in errors.samples.items():
        if arm == "jwt-hs256":
            rows["outcome"][:2] = Outcome.UNAVAILABLE
    errors.change_every("jwt-hs256", accepted=398)
    summary = _summary(errors, tmp_path)
    assert _arm(summary, "jwt-hs256").service_ms["p50"].value is not None
    assert "V15" in _arm(summary, "jwt-hs256").marks["latency"]
    assert (_comparison(summary, "service_p50_ms").refused_because or "").startswith("V15: jwt-hs256")
    assert _comparison(summary, "cpu_total_us").ratio is not None


def test_cpu_that_a_rule_refuses_to_compare_is_given_with_a_mark(tmp_path: Path) -> None:
    mini = MiniRun(generations=5)
    mini.manifest["placement"] = None
    summary = _summary(mini, tmp_path)
    for arm in summary.arms:
        assert arm.cpu_total_us.value is not None
        assert arm.marks["cost"] == ["V30"]
    assert _arm(summary, "jwt-hs256").cpu_minus_control_us.value is not None
    assert (_comparison(summary, "cpu_total_us").refused_because or "").startswith("V30")
    assert summary.ranking == []


def test_all_cycles_come_first_and_the_clean_ones_beside_them(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, cycles=6)
    for generation in range(5):
        mini.change("none", generation, 3, steal={0: 0.4})
        for label in ARMS:
            _, rows = mini.samples[generation, 3, label]
            rows["done_ns"] += 5_000_000
    summary = _summary(mini, tmp_path)
    arm = _arm(summary, "jwt-hs256")
    assert arm.clean_cycles == 25
    assert (arm.clean_service_ms["p95"].value or 0) < 3 < (arm.service_ms["p95"].value or 0)
    assert arm.clean_response_ms["p50"].value is not None
    found = _comparison(summary, "service_p95_ms")
    assert found.clean is not None
    assert found.clean.cycles == 25
    assert found.clean.ratio == pytest.approx(4 / 3, abs=0.1)
    assert (found.ratio or 0) < 1.25
    assert _comparison(summary, "cpu_total_us").clean is not None


def test_a_quiet_run_has_one_reading(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)
    assert all(arm.clean_cycles is None and not arm.clean_service_ms for arm in summary.arms)
    assert all(each.clean is None for each in summary.comparisons)
    assert all(arm.marks == {} for arm in summary.arms)


def test_a_metric_in_which_twins_differ_compares_nothing_and_leaves_the_others(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5).slowed([TWIN]), tmp_path)
    assert summary.status == "VALID"
    refusal = _comparison(summary, "service_p50_ms").refused_because or ""
    assert refusal.startswith("V21: session-redis (twin) / session-redis: two identical arms differ")
    assert _comparison(summary, "cpu_total_us").verdict == "slower"
    assert _arm(summary, "none").service_ms["p50"].value is not None


def test_no_interval_is_given_that_identical_arms_disprove(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5).slowed([TWIN]), tmp_path)
    for arm in summary.arms:
        for times in (arm.service_ms, arm.response_ms):
            assert times["p50"].value is not None
            assert (times["p50"].low, times["p50"].high) == (None, None)
        assert "V21" in arm.marks["latency"]
    told = [one.sentence for one in summary.findings if "no value in common" in one.sentence]
    assert len(told) == 2
    alike = _summary(MiniRun(generations=5, run_id="alike"), tmp_path)
    for arm in alike.arms:
        own = arm.service_ms["p50"]
        assert own.low is not None
        assert own.high is not None
        assert math.isclose(own.low * own.high, (own.value or 0) ** 2)


def test_nor_one_of_the_stores_memory(tmp_path: Path) -> None:
    mini = MiniRun(generations=5)
    twin: StoreMemory = mini.manifest["store_memory"][TWIN]
    other = twin.model_copy(update={"bytes_per_credential": 470.0, "low": 460.0, "high": 480.0})
    mini.manifest["store_memory"][TWIN] = other
    summary = _summary(mini, tmp_path)
    memory = _arm(summary, "session-redis").store_memory_bytes
    assert (memory.value, memory.low, memory.high) == (420.0, None, None)
    assert _arm(summary, "session-redis").marks == {"store": ["V21"]}
