"""From a run and a demand to a plan, and the verb that writes it."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.capacity.demand import Demand, Prices
from analysis.capacity.document import print_plan, render_plan
from analysis.capacity.plan import contradictions, make_plan
from analysis.capacity.plan_record import Plan, SchemePlan
from analysis.security.evidence import Evidence
from analysis.statistics.estimate import Estimate
from authbench.cli import app
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.security.drill_history import Effect
from authbench.contracts.toml_file import read_model
from tests.analysis.build_run import MiniRun
from tests.analysis.capacity.runs import QUICK, ROOT, Run, carries_rps, cheap, mini, mixed, reference
from tests.analysis.security.reports import drill_report, drilled, revocation_report

EXAMPLE = ROOT / "docs" / "demand.example.toml"
DEMAND = Demand(
    peak_rps=400,
    growth=1.5,
    users=4000,
    sessions_per_user=1.5,
    logins_per_s=2,
    password_hash_ms=30,
    request_gap_s=10,
    token_lifetime_s=990,
    store_rtt_ms=1,
    store_fragmentation=0.2,
)


def _schemes(run: Run, demand: Demand = DEMAND, at: int = 0) -> dict[str, SchemePlan]:
    return {one.arm: one for one in make_plan(*run, demand).scenarios[at].schemes}


def _value(one: SchemePlan, name: str) -> float:
    found = one.of(name)
    assert found is not None, one.missing
    assert found.value is not None
    return found.value


def test_cores_rest_on_the_cost_at_the_main_rate() -> None:
    plans = _schemes(mini())
    assert list(plans) == ["session-redis", "jwt-hs256"], "no control, no twin"
    session, token = plans.values()
    for one, cost_us, refreshes in ((session, 700, 0), (token, 600, 600 * 10 / 1000)):
        busy = (600 + refreshes) * cost_us / 1e6 + 3 * 30e-3
        assert _value(one, "busy_cores") == pytest.approx(busy, rel=0.03)
        assert _value(one, "cores") == pytest.approx(busy / 0.6, rel=0.03)
        assert _value(one, "nodes") == 2
        cores = one.of("cores")
        assert cores is not None
        assert cores.low is not None
        assert cores.high is not None
        assert cores.low < busy / 0.6 < cores.high
        assert [each.name for each in cores.inputs if each.low is not None] == ["application CPU per request"]


def test_the_store_follows_from_counts_and_the_cost_of_a_command() -> None:
    session, token = _schemes(mini()).values()
    commands = 600 * 1 + 3 * 3
    assert _value(session, "store_commands") == commands
    assert _value(session, "store_busy") == pytest.approx(commands * 30e-6, rel=0.05)
    assert _value(session, "store_memory") == pytest.approx(4000 * 1.5 * 1.5 * 420 * 1.2 / 0.75)
    assert (_value(session, "shards"), _value(session, "store_nodes")) == (1, 2)
    assert _value(session, "store_connections") == pytest.approx(commands * 1.03e-3, rel=0.01)
    assert token.of("store_nodes") is None, "it needs no store"
    assert "store_memory" not in token.missing


def test_after_the_store_is_emptied_everybody_logs_in_again() -> None:
    wanted = DEMAND.model_copy(update={"relogin_within_s": 60.0})
    session = _schemes(mini(), wanted)["session-redis"]
    busy = _value(session, "busy_cores")
    work = 4000 * 1.5 * 1.5 * 30e-3
    assert _value(session, "relogin_s") == pytest.approx(work / (2 * 4 - busy))
    assert _value(session, "relogin_cores") == pytest.approx(busy + work / 60)
    (met,) = (one for one in session.requirements if "in again" in one.what)
    assert met.meets == "meets"


def test_prices_are_the_demands_own() -> None:
    assert _schemes(mini())["session-redis"].of("month_cost") is None
    prices = Prices.model_validate(
        {
            "currency": "EUR",
            "date": date(2026, 11, 1),
            "source": "a contract",
            "per_core_hour": 0.1,
            "per_store_node_hour": 0.5,
            "per_gib_transferred": 1.0,
        }
    )
    demand = DEMAND.model_copy(update={"prices": prices, "mean_share_of_peak": 0.5})
    session, token = _schemes(mini(), demand).values()
    gib = 300 * 730 * 3600 * (300 + 250) / 2**30
    assert _value(session, "month_cost") == pytest.approx(730 * (8 * 0.1 + 2 * 0.5) + gib, rel=0.01)
    assert _value(token, "month_cost") == pytest.approx(730 * 8 * 0.1 + gib, rel=0.01)
    summary, manifest = mini()
    text = render_plan(summary, demand, make_plan(summary, manifest, demand))
    assert "In EUR, prices of 2026-11-01 (a contract)" in text


def test_changing_one_input_changes_what_it_should_and_nothing_else() -> None:
    before = _schemes(mini())["session-redis"]
    after = _schemes(mini(), DEMAND.model_copy(update={"store_rtt_ms": 2.0}))["session-redis"]
    changed = {one.name for one in before.quantities if after.of(one.name) != one}
    assert changed == {"store_connections"}
    more = _schemes(mini(), DEMAND.model_copy(update={"users": 5000}))["session-redis"]
    assert {one.name for one in before.quantities if more.of(one.name) != one} == {
        "store_memory",
        "relogin_s",
    }


def test_what_lies_beyond_the_measured_is_refused_and_says_how_far() -> None:
    five = _schemes(mini(), at=2)["session-redis"]
    memory = five.of("store_memory")
    assert memory is not None
    assert (
        memory.refused
        == "45,000 live logins are 9.0 times the 5,000 measured, and no figure goes beyond 2 times"
    )
    assert memory.value == pytest.approx(45_000 * 420 * 1.2 / 0.75), "what it would be is said apart"
    summary, manifest = mini()
    text = render_plan(summary, DEMAND, make_plan(summary, manifest, DEMAND))
    assert "session-redis: 45,000 live logins are 9.0 times" in text
    assert "If it went on as measured: store memory" in text
    assert not [
        words for words in ("MiB bytes", "] bytes.", " 1 nodes", " 1 shards", "a another") if words in text
    ]


def test_a_core_is_not_planned_for_many_times_its_measured_rate() -> None:
    run = cheap()
    cores = _schemes(run)["session-redis"].of("cores")
    assert cores is not None
    assert "requests/s of one core are" in cores.refused


def test_another_payload_than_the_measured_is_no_figure() -> None:
    session = _schemes(mini(), DEMAND.model_copy(update={"payload_bytes": 1024}))["session-redis"]
    memory = session.of("store_memory")
    assert memory is not None
    assert memory.refused == (
        "measured with 0 bytes of data in a login, and 1024 are asked for: "
        "authbench size-store session-redis --payload 1024 measures it"
    )
    assert any("CPU and bytes were measured with 0 bytes" in note for note in session.notes)


def test_hashing_is_what_the_run_measured_unless_the_demand_says() -> None:
    run = mixed()
    measured = _schemes(run, DEMAND.model_copy(update={"password_hash_ms": None}))["session-redis"]
    cores = measured.of("busy_cores")
    assert cores is not None
    (hashing,) = (one for one in cores.inputs if one.name == "CPU of hashing one password")
    assert hashing.value == pytest.approx(30_000, rel=0.01)
    assert hashing.source.startswith("run ")
    own = _schemes(run)["session-redis"].of("busy_cores")
    assert own is not None
    assert any(one.source == "demand: password_hash_ms" for one in own.inputs)


def test_without_the_cost_of_a_login_it_is_left_out_by_name() -> None:
    made = make_plan(*mini(), DEMAND.model_copy(update={"password_hash_ms": None}))
    assert any("CPU of logins: neither the run nor the demand" in gap for gap in made.gaps)


def test_the_reference_run_says_what_decides() -> None:
    made = make_plan(*reference(), read_model(EXAMPLE, Demand))
    assert "both need 3 application nodes" in made.sentence
    assert "CPU does not decide here; revocation does" in made.sentence
    assert "you ask for 60 s, which jwt-hs256 does not meet" in made.sentence


def test_two_that_do_not_meet_a_requirement_are_told_in_the_plural() -> None:
    summary, manifest = reference()
    arms = [
        arm.model_copy(update={"revocation_window_s": 120.0}) if arm.arm == "session-redis" else arm
        for arm in summary.arms
    ]
    made = make_plan(summary.model_copy(update={"arms": arms}), manifest, read_model(EXAMPLE, Demand))
    assert made.sentence.endswith("; you ask for 60 s, which session-redis and jwt-hs256 do not meet.")


def test_a_small_rate_reads_0_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    demand = Demand(peak_rps=0.3, users=5, token_lifetime_s=900, request_gap_s=4, store_outage_s=1)
    made = make_plan(*reference(), demand)
    assert made.sentence.startswith("At 0.3 requests/s session-redis needs ")
    print_plan(demand, made)
    for text in (capsys.readouterr().out, render_plan(reference()[0], demand, made)):
        assert "At 0.3 requests/s" in text
        assert not re.search(r"(?<![\d.,])0(\.0+)? (requests/s|of a core|cores|Mbit/s)", text)
        assert "at 0.6/s" in text or "0.6 requests/s" in text


def test_the_plan_has_the_arms_in_the_order_of_the_runs_own_verdicts() -> None:
    summary, manifest = reference()
    made = make_plan(summary, manifest, read_model(EXAMPLE, Demand))
    assert contradictions(summary, made.scenarios[0].schemes) == []
    assert (
        sum(c.metric == "cpu_app_us" and c.verdict in ("slower", "faster") for c in summary.comparisons) > 2
    )
    turned = [
        c.model_copy(update={"verdict": "faster"}) if c.verdict == "slower" else c
        for c in summary.comparisons
    ]
    other = summary.model_copy(update={"comparisons": turned})
    against = contradictions(other, made.scenarios[0].schemes)
    assert against[0].startswith("the plan has session-redis and jwt-hs256 the other way round")
    assert against[0] in make_plan(other, manifest, read_model(EXAMPLE, Demand)).warnings


def test_what_lives_in_one_process_is_planned_onto_one() -> None:
    one_core_rps = carries_rps("session-memory")
    rates_rps = (0.4 * one_core_rps, 1.2 * one_core_rps)
    small, large = (_schemes(reference(), Demand(peak_rps=rate))["session-memory"] for rate in rates_rps)
    nodes = small.of("nodes")
    assert nodes is not None
    assert (nodes.value, nodes.refused) == (1, "")
    assert any(note.startswith("one process only") for note in small.notes)
    refused = large.of("nodes")
    assert refused is not None
    assert "it cannot grow" in refused.refused


def test_the_slope_is_a_check_and_nothing_rests_on_it() -> None:
    summary, manifest = reference()
    made = make_plan(summary, manifest, DEMAND)
    assert {one.arm for one in made.slope_checks} == {
        "session-memory",
        "session-redis",
        "jwt-hs256",
        "jwt-rs256",
    }
    blank = Estimate(reason="none")
    without = summary.model_copy(
        update={
            "arms": [
                arm.model_copy(update={"ladder": arm.ladder.model_copy(update={"demand_app_us": blank})})
                for arm in summary.arms
            ]
        }
    )
    again = make_plan(without, manifest, DEMAND)
    assert again.slope_checks == []
    assert again.scenarios == made.scenarios


def test_requirements_are_met_or_not_or_open() -> None:
    wanted = Demand(peak_rps=3000, revoke_within_s=60, token_lifetime_s=30, p99_objective_ms=5.2)
    session, token = (_schemes(reference(), wanted)[name] for name in ("session-redis", "jwt-hs256"))
    assert [one.meets for one in session.requirements] == ["meets", "open"], "p99 5.7 [5.2, 6.3]"
    assert token.requirements[0].because == "up to 30 s, as its card declares", (
        "its window is the token's lifetime"
    )
    strict = _schemes(reference(), wanted.model_copy(update={"p99_objective_ms": 1.0}))["session-redis"]
    assert strict.requirements[1].meets == "does not meet"


def test_an_invalid_run_has_no_plan() -> None:
    summary, manifest = mini()
    invalid = summary.model_copy(update={"status": "INVALID", "reasons": ["V21: the twins differ"]})
    with pytest.raises(Failure, match="the run is INVALID") as failure:
        make_plan(invalid, manifest, DEMAND)
    assert failure.value.exit_code == 2


def test_costs_without_an_interval_have_no_plan() -> None:
    summary, manifest = mini()
    none = Estimate(value=1.0)
    arms = [
        arm.model_copy(update={"cpu_app_us": none, "cpu_app_minus_control_us": none}) for arm in summary.arms
    ]
    with pytest.raises(Failure, match="more generations are needed"):
        make_plan(summary.model_copy(update={"arms": arms}), manifest, DEMAND)


def test_failure_modes_are_what_drills_have_shown() -> None:
    summary, manifest = mini()
    made = make_plan(summary, manifest, DEMAND)
    assert "(`authbench drill`)" in render_plan(summary, DEMAND, made)
    drill = drill_report("store-killed", Effect.UNREACHABLE, drilled("session-redis"))
    text = render_plan(summary, DEMAND, made, Evidence(None, revocation_report(), (drill,)))
    modes = text.partition("## 7 Failure modes")[2].partition("## 8")[0]
    assert "- session-redis: store-killed: 10 of 100 requests failed" in modes
    assert "- jwt-hs256, accepted after logout: up to 1.8 s in 8, of 2 s declared" in modes


def _plan(*arguments: str, results: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["plan", *arguments, "--results", str(results)])
    return result.exit_code, result.output


def test_the_verb_writes_and_prints_it(tmp_path: Path) -> None:
    code, told = _plan(str(QUICK), "--demand", str(EXAMPLE), results=tmp_path)
    assert code == 0, told
    assert "CPU does not decide here" in told.replace("\n", " ")
    assert max(len(line) for line in told.splitlines() if "plan.md" not in line) <= 100
    text = (tmp_path / "derived" / QUICK.name / "plan.md").read_text()
    assert text.count(QUICK.name) > 5
    assert all(f"\n## {number} " in text for number in range(1, 13))


@pytest.mark.parametrize("at", ["0", "-3", "nan", "inf", "1e9", "3k"])
def test_a_rate_that_is_none_is_refused(tmp_path: Path, at: str) -> None:
    result = CliRunner().invoke(app, ["plan", str(QUICK), "--at", at, "--results", str(tmp_path)])
    assert result.exit_code == ExitCode.USAGE
    assert "--at" in result.output
    assert not list(tmp_path.iterdir())


def test_the_verb_prints_one_object(tmp_path: Path) -> None:
    code, told = _plan(str(QUICK), "--at", "3000", "--json", results=tmp_path)
    assert code == 0, told
    made = Plan.model_validate(json.loads(told))
    assert made.run_id == QUICK.name
    assert [one.planned_rps for one in made.scenarios] == [3000, 6000, 15000]
    assert all(
        figure.formula and figure.inputs for one in made.scenarios[0].schemes for figure in one.quantities
    )


def test_without_a_demand_the_verb_prints_the_rules_per_core(tmp_path: Path) -> None:
    code, told = _plan(str(QUICK), results=tmp_path)
    assert code == 0
    assert "Requests/s that one core carries while 60% busy" in told
    assert "a plan: give --at REQUESTS_PER_SECOND, or --demand FILE" in told


def test_a_run_that_was_never_derived_is_summarized(tmp_path: Path) -> None:
    path = MiniRun(generations=5).write(tmp_path / "raw")
    code, told = _plan(path.name, "--at", "300", results=tmp_path)
    assert code == 0, told
    assert (tmp_path / "derived" / path.name / "plan.md").is_file()


def test_nothing_is_printed_that_is_wider_than_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(DEMAND, make_plan(*mini(), DEMAND))
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 100
