"""Every answer has a status of its own."""

from pathlib import Path
from typing import Any

import pytest

from analysis.data.run import load_run
from analysis.records.summary import Answer, AnswerSummary, Summary, ThroughputSummary
from analysis.statistics.estimate import Estimate
from analysis.summary.answers import summarize_answers
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from analysis.validity.finding import Figures, Finding, Severity
from tests.analysis.build_run import READ, MiniRun


def _summary(mini: MiniRun, tmp_path: Path) -> Summary:
    return summarize(judge_run(load_run(mini.write(tmp_path))))


def _answer(summary: Summary, answer: Answer) -> AnswerSummary:
    return next(one for one in summarize_answers(summary) if one.answer == answer)


def _finding(severity: Severity, refuses: Figures, subject: str = "the run") -> Finding:
    return Finding(
        rule="V10",
        severity=severity,
        subject=subject,
        sentence="the machine was not quiet",
        next_action="",
        refuses=refuses,
    )


def _saturated(summary: Summary, at_least: set[str]) -> Summary:
    """As if every arm had been saturated, and their throughput compared."""
    told = Estimate(value=4000, low=3900, high=4100)
    arms = [
        arm.model_copy(
            update={
                "throughput": ThroughputSummary(
                    rps=told,
                    at_least=arm.arm in at_least,
                    reason="the generator was full" if arm.arm in at_least else "",
                    app_busy=1.0,
                    generator_busy=0.5,
                    store_busy=None,
                    cpu_app_us=told,
                    cpu_total_us=told,
                )
            }
        )
        for arm in summary.arms
    ]
    stands = {"ratio": 0.8, "low": 0.75, "high": 0.85, "refused_because": None, "verdict": "slower"}
    compared = [
        c.model_copy(update=stands if c.metric == "throughput_rps" else {}) for c in summary.comparisons
    ]
    return summary.model_copy(update={"arms": arms, "comparisons": compared})


def test_a_sound_run_has_valid_answers_but_for_what_it_did_not_measure(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)
    assert [(one.answer, one.status) for one in summary.answers] == [
        ("cost", "VALID"),
        ("latency", "VALID"),
        ("throughput", "NOT MEASURED"),
        ("store load", "VALID"),
    ]
    assert all(one.reason for one in summary.answers if one.status != "VALID")


def test_nothing_of_an_invalid_run_may_be_used(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("jwt-hs256", store_commands={"get": 3})
    summary = _summary(mini, tmp_path)
    assert {one.status for one in summary.answers} == {"INVALID"}
    assert all(one.reason.startswith("V11") for one in summary.answers)


def test_a_run_that_compares_nothing_indicates(tmp_path: Path) -> None:
    summary = _summary(MiniRun(judged_by="correctness"), tmp_path)
    assert _answer(summary, "cost").status == "INDICATIVE"
    assert "compares nothing" in _answer(summary, "latency").reason


def test_a_closed_loop_has_no_latency(tmp_path: Path) -> None:
    summary = _summary(MiniRun(workload=READ.model_copy(update={"loop": "closed"})), tmp_path)
    assert _answer(summary, "latency").status == "NOT MEASURED"


@pytest.mark.parametrize(
    ("answer", "kind"), [("cost", "cost"), ("latency", "latency"), ("store load", "store"), ("cost", "all")]
)
def test_a_refused_run_is_described_and_a_marked_one_stands(
    tmp_path: Path, answer: Answer, kind: Figures
) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)
    refused = summary.model_copy(update={"findings": [_finding("refuse-figure", kind)]})
    assert _answer(refused, answer).status == "INDICATIVE"
    assert _answer(refused, answer).reason == "V10: the machine was not quiet"
    marked = summary.model_copy(update={"findings": [_finding("mark", kind)]})
    assert (_answer(marked, answer).status, _answer(marked, answer).reason) == ("VALID", "marked by V10")


def _refuse(summary: Summary, metric: str, pairs: int) -> Summary:
    own = [c for c in summary.comparisons if c.metric == metric][::-1][:pairs]
    update: dict[str, Any] = {"ratio": None, "refused_because": "V09: x: it drifted"}
    return summary.model_copy(
        update={"comparisons": [c.model_copy(update=update) if c in own else c for c in summary.comparisons]}
    )


def test_where_every_comparison_is_refused_figures_only_indicate(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)
    for metric, answer in (("cpu_total_us", "cost"), ("service_p50_ms", "latency")):
        some = _answer(_refuse(summary, metric, 1), answer)  # type: ignore[arg-type]
        assert (some.status, some.reason) == ("VALID", "1 of 2 comparisons are refused")
        none = _answer(_refuse(summary, metric, 2), answer)  # type: ignore[arg-type]
        assert (none.status, none.reason) == ("INDICATIVE", "V09: x: it drifted")


def test_throughput_that_is_at_least_so_much_indicates(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)
    arms = {arm.arm for arm in summary.arms}
    assert _answer(_saturated(summary, set()), "throughput") == AnswerSummary(
        answer="throughput", status="VALID", reason=""
    )
    some = _answer(_saturated(summary, {"none"}), "throughput")
    assert (some.status, some.reason) == ("VALID", "lower bounds for 1 of 4 arms")
    every = _answer(_saturated(summary, arms), "throughput")
    assert every.status == "INDICATIVE"
    assert every.reason == "at least, for every arm: the generator was full"
