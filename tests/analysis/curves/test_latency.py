from dataclasses import replace
from itertools import product
from pathlib import Path

from analysis.curves.latency import latency_curves
from analysis.data.run import load_run
from analysis.summary.judged_run import judge_run
from analysis.validity.finding import Finding
from tests.analysis.build_run import ARMS, MiniRun


def test_a_curve_rises_and_ends_where_too_few_requests_lie_beyond(tmp_path: Path) -> None:
    run = replace(judge_run(load_run(MiniRun(generations=2).write(tmp_path))), findings=[])
    curve = [p for p in latency_curves(run) if p.arm == "none" and p.kind == "service"]
    assert [p.milliseconds for p in curve] == sorted(p.milliseconds for p in curve)
    assert curve[-1].share == 0.96  # 320 requests


def test_an_arm_that_a_rule_objects_to_is_drawn_as_well(tmp_path: Path) -> None:
    run = judge_run(load_run(MiniRun().write(tmp_path)))
    late = Finding(
        rule="V08", severity="refuse-figure", subject="none", sentence="x", next_action="", refuses="latency"
    )
    points = latency_curves(replace(run, findings=[late]))
    assert {(point.arm, point.kind) for point in points} == set(product(ARMS, ("service", "response")))
