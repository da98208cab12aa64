from importlib.resources import files
from pathlib import Path

import pytest

from analysis.data.run import load_run
from analysis.records.summary import Summary, schema_text
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from analysis.validity import limits
from authbench.contracts.records import CanaryResult
from tests.analysis.build_run import ARMS, MIXED, READ, MiniRun


def _summary(mini: MiniRun, tmp_path: Path) -> Summary:
    return summarize(judge_run(load_run(mini.write(tmp_path))))


def test_the_committed_schema_is_the_models() -> None:
    committed = Path(str(files("analysis"))).parent / "docs" / "summary.schema.json"
    assert committed.read_text() == schema_text(), (
        "python -m analysis.records.summary > docs/summary.schema.json"
    )


def test_a_valid_run_answers_its_question(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)
    assert (summary.status, summary.reasons) == ("VALID", [])
    primary = [c for c in summary.comparisons if c.primary]
    assert [(c.a, c.b, c.metric, c.verdict) for c in primary] == [
        ("session-redis", "jwt-hs256", "cpu_total_us", "slower")
    ]
    assert (summary.cycles_whole, summary.cycles_planned, summary.generations) == (20, 20, 5)
    assert [arm.arm for arm in summary.arms] == list(ARMS)
    assert {limit.rule for limit in summary.limits} == {limit.rule for limit in limits.ALL}
    assert summary.noise_floor["cpu_total_us"].runs == 1
    assert "memory per live session" not in summary.not_measured
    assert "the cost of login, renewal, logout, logout everywhere" in summary.not_measured


def test_store_commands_are_exact_totals(tmp_path: Path) -> None:
    arms = {arm.arm: arm for arm in _summary(MiniRun(), tmp_path).arms}
    command = arms["session-redis"].store_commands["getex"]
    assert (command.commands, command.requests, command.per_request) == (320, 320, 1.0)
    assert arms["jwt-hs256"].store_commands == {}
    assert arms["session-redis"].store_bytes_out == 90
    assert arms["jwt-hs256"].store_bytes_out is None
    assert arms["jwt-hs256"].request_bytes == 300


def test_the_controls_cost_is_subtracted_cycle_by_cycle(tmp_path: Path) -> None:
    arms = {arm.arm: arm for arm in _summary(MiniRun(generations=5, noise=1e-6), tmp_path).arms}
    assert arms["session-redis"].cpu_minus_control_us.value == pytest.approx(328, abs=0.1)
    assert arms["none"].cpu_minus_control_us.reason == "it is the control"


def test_the_summary_survives_json(tmp_path: Path) -> None:
    """Also with a single cycle, whose interval has no end: JSON knows no infinity."""
    for number, mini in enumerate((MiniRun(run_id="a"), MiniRun(run_id="b", generations=1, cycles=1))):
        summary = _summary(mini, tmp_path / str(number))
        text = summary.model_dump_json()
        assert "Infinity" not in text
        assert "NaN" not in text
        assert Summary.model_validate_json(text) == summary


@pytest.mark.parametrize("status", ["running", "interrupted", "aborted"])
def test_a_run_that_is_not_whole_has_no_figures(tmp_path: Path, status: str) -> None:
    mini = MiniRun()
    mini.manifest["status"] = status
    summary = _summary(mini, tmp_path)
    assert summary.status == "INVALID"
    assert "its figures are not used" in summary.reasons[0]
    assert (summary.arms, summary.comparisons, summary.noise_floor) == ([], [], {})


def test_a_run_aborted_before_its_first_slice_is_told_too(tmp_path: Path) -> None:
    mini = MiniRun(generations=0)
    mini.manifest |= {"status": "aborted", "cards": {}, "servers": {}, "rate": None, "placement": None}
    mini.manifest |= {"store": None, "verification": []}
    assert _summary(mini, tmp_path).status == "INVALID"


def test_an_invalid_run_compares_nothing(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("jwt-hs256", canaries=[CanaryResult(kind="expired", expected_status=401, status=200)])
    summary = _summary(mini, tmp_path)
    assert summary.status == "INVALID"
    assert {(c.ratio, c.verdict, c.refused_because) for c in summary.comparisons} == {
        (None, "inconclusive", "the run is INVALID")
    }


def test_a_biased_twin_voids_the_run(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5, factor={"session-redis (twin)": 1.1}), tmp_path)
    assert [reason[:3] for reason in summary.reasons] == ["V21"]


def test_in_a_smoke_run_a_biased_twin_is_a_remark_and_nothing_is_compared(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, factor={"session-redis (twin)": 1.1}, judged_by="correctness")
    summary = _summary(mini, tmp_path)
    assert summary.status == "VALID"
    assert {f.severity for f in summary.findings if f.rule == "V21"} == {"tag"}
    assert all(c.ratio is None for c in summary.comparisons)


def test_a_late_generator_marks_latency_and_leaves_the_verdict_to_the_twin(tmp_path: Path) -> None:
    mini = MiniRun(generations=5)
    mini.tag("jwt-hs256", "V06")
    summary = _summary(mini, tmp_path)
    figures = {(c.b, c.metric): c.ratio for c in summary.comparisons}
    assert summary.status == "VALID"
    for arm in ("jwt-hs256", "none"):
        assert figures[arm, "service_p50_ms"] is not None
        assert figures[arm, "cpu_total_us"] is not None
    arms = {arm.arm: arm for arm in summary.arms}
    assert all(arm.service_ms["p50"].value is not None for arm in summary.arms)
    assert arms["jwt-hs256"].marks == {"response": ["V06"], "latency": ["V06"]}
    assert arms["none"].marks == {}


def test_an_unknown_placement_refuses_every_comparison(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["placement"] = None
    summary = _summary(mini, tmp_path)
    assert all(c.ratio is None for c in summary.comparisons)
    assert all(arm.cpu_total_us.value is not None and arm.marks["cost"] for arm in summary.arms)


def test_errors_are_counted_and_never_make_an_arm_fast(tmp_path: Path) -> None:
    mini = MiniRun(generations=5)
    for (_, _, arm), (_, rows) in mini.samples.items():
        if arm == "jwt-hs256":
            rows["outcome"][:30] = 2  # UNAVAILABLE, and fast
            rows["status"][:30] = 503
    mini.change_every("jwt-hs256", accepted=10)
    arms = {arm.arm: arm for arm in _summary(mini, tmp_path).arms}
    assert arms["jwt-hs256"].errors == 30 * 20
    assert arms["jwt-hs256"].outcomes == {"accepted": 200, "unavailable": 600}
    assert arms["jwt-hs256"].service_ms["p50"].value is None


def test_without_the_stores_cpu_the_applications_is_the_primary_metric(tmp_path: Path) -> None:
    mini = MiniRun(generations=5)
    for arm in ARMS:
        mini.change_every(arm, store_cpu_ns=None)
    summary = _summary(mini, tmp_path)
    assert summary.primary_metric == "cpu_app_us"
    assert [c.verdict for c in summary.comparisons if c.primary] == ["slower"]


def test_five_earlier_runs_give_the_noise_floor(tmp_path: Path) -> None:
    run = load_run(MiniRun().write(tmp_path))
    summary = summarize(judge_run(run, {"cpu_total_us": [0.01, -0.01, 0.02, 0.0, 0.01]}))
    assert summary.noise_floor["cpu_total_us"].runs == 5
    assert summary.noise_floor["cpu_app_us"].runs == 1


def test_what_the_experiment_leaves_out_is_said(tmp_path: Path) -> None:
    whole = _summary(MiniRun(run_id="a", ladder=(100.0, 400.0), workload=MIXED), tmp_path)
    assert not any("rates" in words or "memory" in words for words in whole.not_measured)
    assert whole.not_measured[0] == "the cost of logout, logout everywhere"
    closed = _summary(
        MiniRun(run_id="b", cycles=5, workload=READ.model_copy(update={"loop": "closed"})), tmp_path
    )
    assert "latency" in closed.not_measured
    assert all(arm.service_ms["p50"].value is None for arm in closed.arms)
    assert closed.arms[0].cpu_total_us.value is not None


def test_the_order_effect_is_always_shown(tmp_path: Path) -> None:
    quiet = _summary(MiniRun(run_id="a", generations=5), tmp_path)
    assert quiet.order_effect is not None
    assert "V22" not in {f.rule for f in quiet.findings}
    mini = MiniRun(run_id="b", generations=5, cycles=8, noise=0.002)
    for place, judged in enumerate(mini.slices):
        record = judged.measured
        slow = record.model_copy(
            update={"app_cpu_ns": (record.app_cpu_ns or 0) * (2 if record.position == 0 else 1)}
        )
        mini.slices[place] = judged.model_copy(update={"measured": slow})
    loud = _summary(mini, tmp_path)
    assert loud.order_effect is not None
    assert loud.order_effect.span > 0.3
    assert loud.order_effect.p_value < 0.01


def test_a_run_that_went_on_after_an_interruption_says_so(tmp_path: Path) -> None:
    mini = MiniRun(generations=3, cycles=5, noise=0.002)
    mini.manifest |= {
        "abandoned_generations": [1],
        "generations_done": 2,
        "resumed_at": ["2026-11-20T11:00:00+00:00"],
    }
    summary = _summary(mini, tmp_path)
    assert (summary.status, summary.resumed, summary.abandoned_generations) == ("VALID", 1, 1)
    assert (summary.cycles_whole, summary.cycles_planned) == (10, 10)
