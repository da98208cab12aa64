from pathlib import Path

import pytest

from analysis.benchmarks.synthetic_run import RATE_RPS, experiment_of, ladder_rps, write_synthetic_run
from analysis.curves.latency import latency_curves
from analysis.data.run import load_run
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize


@pytest.mark.parametrize("rows", [10_000_000, 1_000_000, 20_000_000])
def test_a_size_is_nearly_met_within_what_an_experiment_may_have(rows: int) -> None:
    plan = experiment_of(rows)
    per_generation = sum([RATE_RPS] * plan.cycles + [rate * plan.ladder_cycles for rate in ladder_rps(plan)])
    expected = plan.generations_max * per_generation * plan.slice_s * len(plan.arms)
    assert expected == pytest.approx(rows, rel=0.05)
    assert plan.generations_max <= 100
    assert plan.cycles <= 1000


def test_no_rule_refuses_a_figure_so_that_all_of_the_analysis_has_work(tmp_path: Path) -> None:
    path, rows = write_synthetic_run(tmp_path, 60_000)
    run = load_run(path)
    summary = summarize(judge_run(run))
    assert len(run.rows.table) + len(run.ladder_rows.table) == rows
    assert summary.status == "VALID"
    # One sound metric in a hundred tells its twins apart (V21); no other rule has anything to object to.
    assert {finding.rule for finding in summary.findings if finding.refuses != "none"} <= {"V21"}
    assert not [one for one in summary.findings if one.severity == "refuse-figure" and one.rule != "V21"]
    assert all(arm.service_ms["p99"].value for arm in summary.arms)
    assert all(arm.ladder.demand_total_us.value for arm in summary.arms)
    assert {point.arm for point in latency_curves(judge_run(run))} == set(run.arms)
    assert all(c.verdict in ("slower", "faster") for c in summary.comparisons if c.primary)
