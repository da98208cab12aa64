"""From a run and a demand to a plan, and the verb that writes it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.capacity.demand import Demand
from analysis.capacity.document import render_plan
from analysis.capacity.sizing import plan
from analysis.data.run import load_run
from analysis.records.summary import Summary
from analysis.security.evidence import Evidence
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.cli import app
from authbench.contracts.failure import Failure
from authbench.contracts.security.drill_history import Effect
from tests.analysis.build_run import MIXED, MiniRun
from tests.analysis.security.reports import drill_report, drilled, revocation_report

DEMAND = Demand(
    peak_rps=2000,
    growth=1.5,
    target_utilisation=0.6,
    cores_per_node=4,
    spare_nodes=1,
    sessions_live=100_000,
    store_fragmentation=0.2,
)
EXAMPLE = str(Path(__file__).parents[3] / "docs" / "demand.example.toml")


def _summary(mini: MiniRun, tmp_path: Path) -> Summary:
    return summarize(judge_run(load_run(mini.write(tmp_path / "raw"))))


def test_cores_follow_from_the_slopes_upper_end(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5, ladder=(100.0, 400.0)), tmp_path)
    session, token = plan(summary, DEMAND)
    arm = next(arm for arm in summary.arms if arm.arm == "session-redis")
    upper = arm.ladder.demand_app_us.high or 0
    assert (session.arm, token.arm) == ("session-redis", "jwt-hs256")
    assert session.demand_us == upper > 350
    assert 3000 * upper / 1e6 / 0.6 <= session.cores < 3000 * upper / 1e6 / 0.6 + 1
    assert session.nodes == 2
    assert session.core_rps == pytest.approx(0.6e6 / upper)
    assert session.store_ops == 3000
    assert session.store_share == pytest.approx(3000 * 15e-6, rel=0.2)
    assert session.store_bytes == pytest.approx(425 * 100_000 * 1.5 * 1.2 / 0.75)
    assert (token.store_ops, token.store_share, token.store_bytes) == (0, 0, 0)


def test_the_cost_on_a_full_core_stands_beside_the_slope(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, ladder=(100.0, 400.0), saturated_cycles=3)
    summary = _summary(mini, tmp_path)
    session, _ = sizings = plan(summary, DEMAND)
    assert session.saturated_us is not None
    assert session.saturated_us.value == pytest.approx(700, rel=0.02)
    assert "| 700 [69" in render_plan(summary, DEMAND, sizings)
    plain = plan(_summary(MiniRun(generations=5, ladder=(100.0, 400.0)), tmp_path / "plain"), DEMAND)
    assert plain[0].saturated_us is None
    assert plain[0].cores == session.cores, "it is shown, and nothing is planned with it"


def test_what_the_store_holds_grows_as_the_peak_does(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5, ladder=(100.0, 400.0)), tmp_path)
    today, later = DEMAND.model_copy(update={"growth": 1}), DEMAND.model_copy(update={"growth": 10})
    small, large = plan(summary, today)[0], plan(summary, later)[0]
    assert small.store_bytes is not None
    assert large.store_bytes == pytest.approx(10 * small.store_bytes)
    assert large.store_ops == pytest.approx(10 * (small.store_ops or 0))
    assert "| live sessions | 100000 today, 1000000 planned for |" in render_plan(summary, later, [large])


def test_hashing_passwords_is_paid_for(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, ladder=(100.0, 400.0), workload=MIXED)
    session, _ = plan(_summary(mini, tmp_path), DEMAND)
    assert session.password_us == pytest.approx(3000)
    assert session.cores > 3000 * 3000 / 1e6 / 0.6


def test_a_rate_far_beyond_what_was_measured_is_said(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5, ladder=(50.0, 100.0)), tmp_path)
    session, _ = plan(summary, DEMAND)
    assert any(line.startswith("extrapolated: a core is planned for") for line in session.warnings)
    text = render_plan(summary, DEMAND, [session])
    assert "**session-redis: extrapolated" in text


def test_a_curve_is_said(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, ladder=(100.0, 400.0))
    for generation in range(5):
        mini.change("session-redis", generation, 5, app_cpu_ns=120_000_000 + generation * 100_000)
    session, _ = plan(_summary(mini, tmp_path), DEMAND)
    assert any("no straight line" in line for line in session.warnings)


def test_what_the_run_does_not_know_is_the_owners(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, ladder=(100.0, 400.0))
    mini.manifest["store_memory"] = {}
    summary = _summary(mini, tmp_path)
    sizings = plan(summary, DEMAND)
    assert sizings[0].store_bytes is None
    row = next(
        line for line in render_plan(summary, DEMAND, sizings).splitlines() if "| session-redis |" in line
    )
    assert row.endswith("| [owner to fill] |")
    assert "one process on one core was measured" in render_plan(summary, DEMAND, sizings)


@pytest.mark.parametrize(
    ("ladder", "generations", "says"),
    [((), 5, "session-redis has no slope: measured at 1 offered rate; a slope needs 3"),
     ((100.0, 400.0), 1, "its slope has no interval")],
)  # fmt: skip
def test_without_a_slope_there_is_no_plan(
    tmp_path: Path, ladder: tuple[float, ...], generations: int, says: str
) -> None:
    with pytest.raises(Failure) as failure:
        plan(_summary(MiniRun(generations=generations, cycles=10, ladder=ladder), tmp_path), DEMAND)
    assert says in str(failure.value)
    assert failure.value.exit_code == 2


def test_an_invalid_run_has_no_plan(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, ladder=(100.0, 400.0))
    mini.change("none", store_commands={"get": 1})
    with pytest.raises(Failure, match="the run is INVALID") as failure:
        plan(_summary(mini, tmp_path), DEMAND)
    assert failure.value.exit_code == 2


def test_the_verb_writes_and_prints_it(tmp_path: Path) -> None:
    path = MiniRun(generations=5, ladder=(100.0, 400.0)).write(tmp_path / "raw")
    result = CliRunner().invoke(app, ["plan", path.name, "--results", str(tmp_path), "--demand", EXAMPLE])
    assert result.exit_code == 0, result.output
    assert "Rests on one core measured at" in result.output
    assert max(len(line) for line in result.output.splitlines() if "plan.md" not in line) <= 100
    text = (tmp_path / "derived" / path.name / "plan.md").read_text()
    assert path.name in text
    assert all(f"\n## {number} " in text for number in range(1, 13))


def test_failure_modes_are_what_drills_have_shown(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5, ladder=(100.0, 400.0)), tmp_path)
    sizings = plan(summary, DEMAND)
    assert "(`authbench drill`)" in render_plan(summary, DEMAND, sizings)
    drill = drill_report("store-killed", Effect.UNREACHABLE, drilled("session-redis"))
    text = render_plan(summary, DEMAND, sizings, Evidence(None, revocation_report(), (drill,)))
    modes = text.partition("## 7 Failure modes")[2].partition("## 8")[0]
    assert "- session-redis: store-killed: 10 of 100 requests failed" in modes
    assert "- jwt-hs256, accepted after logout: up to 1.8 s in 8, of 2 s declared" in modes
    assert "(`authbench drill`)" not in modes
