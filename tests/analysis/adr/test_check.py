"""A record against a later run: what holds, what does not, what cannot be compared; and an edited record."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis.adr.check import check_record
from analysis.adr.evidence import DecisionEvidence, block, evidence_of, read_block
from analysis.adr.statements import Statement
from analysis.advice.advise import advise
from analysis.advice.context import Context, Requirements
from analysis.capacity.demand import Demand
from analysis.capacity.plan import make_plan
from analysis.capacity.plan_record import Plan
from analysis.data.run import load_run
from analysis.records.summary import Summary
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.cli import app
from authbench.contracts.failure import ExitCode, Failure
from tests.analysis.build_run import MiniRun
from tests.analysis.capacity.runs import carries_rps, reference
from tests.analysis.security.reports import CARDS

ASKED = Context(requirements=Requirements(max_revocation_s=60))
ADVICE = advise(ASKED, CARDS, CARDS)


@pytest.fixture(scope="module")
def then(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    path = MiniRun(generations=5, requests=60).write(tmp_path_factory.mktemp("then"))
    return summarize(judge_run(load_run(path)))


@pytest.fixture(scope="module")
def record(then: Summary) -> DecisionEvidence:
    return evidence_of(then, "0" * 64, ASKED, ADVICE, list(CARDS))


def _changed(summary: Summary, metric: str, **update: object) -> Summary:
    pairs = [c.model_copy(update=update) if c.metric == metric else c for c in summary.comparisons]
    return summary.model_copy(update={"comparisons": pairs})


def test_the_same_run_holds_all_of_it(record: DecisionEvidence, then: Summary) -> None:
    told = check_record(record, then, ADVICE)
    assert (told.outcome, told.changed) == ("holds", [])
    kinds = [one.kind for one in record.statements]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "compared": 2, "counted": 2, "declared": 4, "remains": 2,
    }  # fmt: skip
    assert told.sentence == (
        "The record holds (of 10 statements: 10 hold, 0 cannot be compared, 0 do not hold)."
    )


@pytest.mark.parametrize(
    ("update", "outcome"),
    [
        ({"verdict": "faster", "ratio": 0.8, "low": 0.7, "high": 0.9}, "does not hold"),
        ({"verdict": "equivalent"}, "does not hold"),
        ({"verdict": "inconclusive"}, "cannot be compared"),
        ({"ratio": None, "refused_because": "V21"}, "cannot be compared"),
        ({"ratio": 1.5, "low": 1.45, "high": 1.55}, "does not hold"),
        ({"ratio": 1.5, "low": 1.2, "high": None}, "holds"),
        ({"ratio": 1.3, "low": 1.22, "high": 1.4, "noise_floor": 0.2}, "holds"),
    ],
)
def test_a_verdict_is_held_to_its_word_and_its_interval(
    record: DecisionEvidence, then: Summary, update: dict[str, object], outcome: str
) -> None:
    assert {one.says for one in record.statements if one.what == "cpu_total_us"} == {"slower"}
    told = check_record(record, _changed(then, "cpu_total_us", **update), ADVICE)
    assert told.outcome == outcome
    assert told.statements[0].outcome == outcome


def test_what_was_not_shown_is_contradicted_by_an_interval_alone(
    record: DecisionEvidence, then: Summary
) -> None:
    unshown = [
        one.model_copy(update={"says": "inconclusive"}) if one.kind == "compared" else one
        for one in record.statements
    ]
    loose = record.model_copy(update={"statements": unshown})
    assert check_record(loose, then, ADVICE).outcome == "holds"
    apart = _changed(then, "cpu_total_us", ratio=2.0, low=1.9, high=2.1)
    assert check_record(loose, apart, ADVICE).outcome == "does not hold"


def test_other_conditions_leave_only_what_is_declared(record: DecisionEvidence, then: Summary) -> None:
    machine = then.machine.model_copy(update={"cpu_model": "another", "kernel": "7.0"})
    told = check_record(record, then.model_copy(update={"machine": machine}), ADVICE)
    assert told.outcome == "cannot be compared"
    assert sum(one.outcome == "holds" for one in told.statements) == 6
    assert told.statements[0].because.startswith("processor: ")
    assert told.changed == ["kernel: 6.1 then, 7.0 now"]
    assert then.rate is not None
    faster = then.rate.model_copy(update={"offered_rps": 400.0})
    told = check_record(record, then.model_copy(update={"rate": faster}), ADVICE)
    assert told.statements[0].because == "offered rate: 200 requests/s then, 400 now"


def test_a_version_is_told_and_decides_nothing(record: DecisionEvidence, then: Summary) -> None:
    told = check_record(record, then.model_copy(update={"versions": {"PyJWT": "3.0"}}), ADVICE)
    assert told.outcome == "holds"
    assert "PyJWT: 2.15.1 then, 3.0 now" in told.changed


def test_a_scheme_that_no_longer_meets_what_was_asked(record: DecisionEvidence, then: Summary) -> None:
    slow = {**CARDS, "session-redis": CARDS["session-redis"].model_copy(update={"revocation_window_s": 90.0})}
    told = check_record(record, then, advise(ASKED, slow, CARDS))
    assert told.statements[0].words == "session-redis remains"
    assert told.statements[0].because == (
        "session-redis is excluded by requirements.max_revocation_s (declared)"
    )


PEAK_RPS = round(1.2 * carries_rps("session-memory"), -2)
"""A scheme that lives in one process does not carry it."""
DEMAND = Demand(peak_rps=PEAK_RPS, users=20_000, request_gap_s=2, token_lifetime_s=900, store_outage_s=30)


@pytest.fixture(scope="module")
def planned() -> tuple[Plan, DecisionEvidence]:
    """The plan of the committed run for a demand, and what a record of both states."""
    summary, manifest = reference()
    plan = make_plan(summary, manifest, DEMAND)
    return plan, evidence_of(summary, "0" * 64, Context(), advise(Context(), {}, []), [], (DEMAND, plan))


def _with_costs(plan: Plan, factor: float) -> Plan:
    """The plan with every planned figure, and every break-even, times the factor."""

    def times(value: float | None) -> float | None:
        return None if value is None else value * factor

    def changed(found: Any) -> Any:
        ends = {end: times(getattr(found, end)) for end in ("value", "low", "high")}
        return found.model_copy(update=ends)

    now, *later = plan.scenarios
    schemes = [
        one.model_copy(update={"quantities": [changed(found) for found in one.quantities]})
        for one in now.schemes
    ]
    breaks = [one.model_copy(update={"at": one.at and changed(one.at)}) for one in plan.break_evens]
    scenarios = [now.model_copy(update={"schemes": schemes}), *later]
    return plan.model_copy(update={"scenarios": scenarios, "break_evens": breaks})


def test_the_plan_is_stated_with_its_intervals(planned: tuple[Plan, DecisionEvidence]) -> None:
    told = {(one.about, one.what): one for one in planned[1].statements}
    cores = told["session-redis", "cores"]
    assert cores.words == f"cores to provide of session-redis at {PEAK_RPS:,.0f} requests/s: {cores.says}"
    assert cores.low is not None
    assert cores.high is not None
    assert cores.value is not None
    assert cores.low < cores.value < cores.high
    assert {one.what for one in planned[1].statements if one.about == "jwt-hs256"} >= {
        "cores", "nodes", "store_nodes", "store_memory",
    }  # fmt: skip
    # Beyond what was measured there is nothing to hold anybody to.
    assert ("session-memory", "cores") not in told
    node = told["session-redis / jwt-hs256", "node_rps"]
    assert node.says == "above yours"
    (found,) = (one for one in planned[0].break_evens if one.name == "node_rps")
    assert found.distance is not None
    assert (
        f"Your own value is {PEAK_RPS:,.0f} requests/s: the break-even is {found.distance:.2g} times"
        in node.words
    )


@pytest.mark.parametrize(
    ("factor", "outcome"), [(1.0, "holds"), (1.1, "holds"), (1.5, "does not hold"), (0.6, "does not hold")]
)
def test_the_plan_is_held_to_its_intervals(
    planned: tuple[Plan, DecisionEvidence], factor: float, outcome: str
) -> None:
    plan, record = planned
    told = check_record(record, reference()[0], advise(Context(), {}, []), _with_costs(plan, factor))
    of_cores = next(one for one in told.statements if one.words.startswith("cores to provide of session"))
    assert of_cores.outcome == outcome
    assert told.outcome == outcome


@pytest.mark.parametrize(
    ("update", "outcome"),
    [
        ({}, "holds"),
        ({"value": PEAK_RPS - 1000, "low": PEAK_RPS - 1100, "high": PEAK_RPS - 900}, "does not hold"),
        ({"value": PEAK_RPS, "low": PEAK_RPS - 1000, "high": PEAK_RPS + 1000}, "cannot be compared"),
        ({"value": None, "low": None, "high": None}, "does not hold"),
    ],
)
def test_a_break_even_is_held_to_the_side_of_the_demand_that_it_lies_on(
    planned: tuple[Plan, DecisionEvidence], update: dict[str, float | None], outcome: str
) -> None:
    plan, record = planned
    first = plan.break_evens[0]
    assert first.at is not None
    moved = first.model_copy(update={"at": first.at.model_copy(update=update)})
    later = plan.model_copy(update={"break_evens": [moved, *plan.break_evens[1:]]})
    told = check_record(record, reference()[0], advise(Context(), {}, []), later)
    assert told.outcome == outcome


def test_a_run_that_carries_no_plan_leaves_its_statements_open(
    planned: tuple[Plan, DecisionEvidence],
) -> None:
    told = check_record(planned[1], reference()[0], advise(Context(), {}, []), None)
    assert told.outcome == "cannot be compared"
    assert told.statements[0].because == "the new run has no such figure"


def test_the_block_is_read_as_it_was_written(
    record: DecisionEvidence, planned: tuple[Plan, DecisionEvidence], tmp_path: Path
) -> None:
    file = tmp_path / "0001-x.md"
    file.write_text(f"# A record, edited by hand around the block\n\n{block(record)}\nmore\n", "utf-8")
    assert read_block(file) == record
    file.write_text(block(planned[1]), "utf-8")
    assert read_block(file) == planned[1]
    assert planned[1].demand == DEMAND


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda text: text.replace('"slower"', '"faster"', 1), "was edited by hand"),
        (lambda text: text.replace("60.0", "6000.0"), "was edited by hand"),
        (lambda text: text.replace("{", "", 1), "was edited by hand"),
        (lambda text: text.replace("{\n", "[{\n", 1), "was edited by hand"),
        (lambda text: "# ours\n", "no evidence block of authbench adr in it"),
        (lambda text: text + text, "2 evidence blocks"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_record_that_was_edited_is_one_line(
    record: DecisionEvidence, tmp_path: Path, edit: object, told: str
) -> None:
    file = tmp_path / "0001-x.md"
    if callable(edit):
        file.write_text(edit(block(record)), "utf-8")
    with pytest.raises(Failure, match=told) as caught:
        read_block(file)
    assert caught.value.exit_code == ExitCode.USAGE


def test_a_statement_needs_no_comparison() -> None:
    one = Statement(kind="declared", about="a", what="window", says="0 s", words="a: 0 s")
    assert json.loads(one.model_dump_json(exclude_defaults=True)).keys() == {
        "kind", "about", "what", "says", "words",
    }  # fmt: skip


def test_the_command_ends_with_a_code_of_its_own(tmp_path: Path) -> None:
    mini = partial(MiniRun, generations=5, requests=60, saturated_cycles=3)
    runs = {
        "a": mini(run_id="a"),
        "again": mini(run_id="again", seed=2),
        "slower": mini(run_id="slower", seed=3, factor={"jwt-hs256": 1.4}),
        "cut": mini(run_id="cut"),
    }
    runs["cut"].manifest["status"] = "interrupted"
    for one in runs.values():
        one.write(tmp_path / "raw")
    places = ["--results", str(tmp_path)]
    folder = ["--out", str(tmp_path / "decisions"), "--at", "3000"]
    written = CliRunner().invoke(app, ["adr", "a", *places, *folder])
    assert written.exit_code == 0, written.output
    (file,) = (tmp_path / "decisions").glob("*.md")

    def check(run: str, *more: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["adr", "check", str(file), "--run", run, *places, *more])
        return done.exit_code, done.stdout

    code, out = check("again")
    assert (code, out.splitlines()[-1].partition(" (")[0]) == (0, "The record holds")
    code, out = check("slower")
    assert (code, "The record is stale" in out) == (ExitCode.GATE, True)
    code, out = check("slower", "--json")
    told = json.loads(out)
    assert told["outcome"] == "does not hold"
    cores = [one for one in told["statements"] if one["words"].startswith("cores to provide of jwt-hs256")]
    assert [one["outcome"] for one in cores] == ["does not hold"]
    with pytest.raises(Failure, match="says nothing of a record") as caught:
        CliRunner().invoke(app, ["adr", "check", str(file), "--run", "cut", *places], catch_exceptions=False)
    assert caught.value.exit_code == ExitCode.INVALID
