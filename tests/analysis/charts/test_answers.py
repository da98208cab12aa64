from pathlib import Path

import pytest

from analysis.charts.answers import answer_figures
from analysis.charts.figure import Figure, axis_names, sorted_arms
from analysis.charts.marks import mark, objections
from analysis.charts.render import svg_of
from analysis.data.run import load_run
from analysis.records.summary import Summary
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from tests.analysis.answered import BOUND, answered
from tests.analysis.build_run import READ, MiniRun


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    folder = tmp_path_factory.mktemp("run")
    return answered(summarize(judge_run(load_run(MiniRun(generations=5, lean=True).write(folder)))))


def _figures(summary: Summary) -> dict[str, Figure]:
    return {figure.name: figure for figure in answer_figures(summary)}


def test_arms_are_sorted_by_cost_with_control_and_twin_apart(summary: Summary) -> None:
    arms = sorted_arms(summary)
    assert [arm.role for arm in arms[-2:]] == ["control", "twin"]
    costs = [arm.cpu_minus_control_us.value or 0 for arm in arms[:-2]]
    assert costs == sorted(costs)
    names = axis_names(arms)
    assert names[-3].strip() == ""  # the gap
    assert axis_names(arms[-2:]) == ["none", "session-redis (twin)"]


def test_the_three_answers_are_drawn_with_their_intervals(summary: Summary) -> None:
    figures = _figures(summary)
    assert list(figures) == ["answer-cost", "answer-latency", "answer-throughput"]
    picture = svg_of(figures["answer-cost"])
    assert ">0, the control</text>" in picture
    row = next(r for r in figures["answer-throughput"].spec["data"]["values"] if r["arm"] == "session-redis")
    assert (row["low"], row["high"]) == pytest.approx((3456, 3780))
    assert ">3,600 [3,456, 3,780]</text>" in svg_of(figures["answer-throughput"])


def test_a_lower_bound_is_drawn_as_one_and_says_why(summary: Summary) -> None:
    figure = _figures(summary)["answer-throughput"]
    row = next(r for r in figure.spec["data"]["values"] if r["arm"] == "jwt-hs256")
    assert row["bound"]
    assert row["shown"].startswith("≥ 4,450")
    assert row["marked by"] == BOUND
    assert "lower bound" in figure.reading


def test_a_mark_stands_where_a_rule_objects_and_says_why(summary: Summary) -> None:
    rows = {row["arm"]: row for row in _figures(summary)["answer-latency"].spec["data"]["values"]}
    assert rows["jwt-hs256"]["shown"].endswith(" †")
    assert rows["jwt-hs256"]["marked by"] == "V06: the generator was late"
    assert "†" not in rows["session-redis"]["shown"]
    arm = next(arm for arm in summary.arms if arm.arm == "jwt-hs256")
    assert mark(arm, "response") == " †"  # who doubts all latency doubts response times too
    assert mark(arm, "cost") == ""
    unknown = arm.model_copy(update={"marks": {"all": ["V99"]}})
    assert objections(summary, unknown, "store") == "V99"


def test_an_arm_at_a_rate_of_its_own_says_which(summary: Summary) -> None:
    slow = [
        arm.model_copy(update={"offered_rps": 90.0}) if arm.arm == "jwt-hs256" else arm
        for arm in summary.arms
    ]
    rows = _figures(summary.model_copy(update={"arms": slow}))["answer-cost"].spec["data"]["values"]
    assert next(row for row in rows if row["arm"] == "jwt-hs256")["shown"].endswith(" at 90/s")


def test_what_was_not_measured_has_no_figure(tmp_path: Path) -> None:
    closed = READ.model_copy(update={"loop": "closed"})
    run = load_run(MiniRun(generations=5, workload=closed).write(tmp_path))
    assert list(_figures(summarize(judge_run(run)))) == ["answer-cost"]
