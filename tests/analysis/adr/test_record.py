"""The decision record: its evidence, its blanks, its number, and the runs it refuses."""

import subprocess
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.adr.evidence import read_block
from analysis.adr.record import is_unedited, next_path, raw_digest, render_record, write_record
from analysis.advice.context import Context, Requirements, Threats
from analysis.capacity.demand import Demand, Prices
from analysis.capacity.document import with_interval
from analysis.capacity.plan import make_plan
from analysis.data.run import load_run
from analysis.security.evidence import Evidence
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.cli import app
from authbench.contracts.card import ClientDuty
from authbench.contracts.failure import Failure
from authbench.contracts.security.drill_history import Effect
from tests.analysis.build_run import MiniRun
from tests.analysis.capacity.runs import QUICK, carries_rps, reference
from tests.analysis.security.reports import (
    CARDS,
    card,
    drill_report,
    drilled,
    every_outcome,
    revocation_report,
)

_SECTIONS = [
    "## Context and Problem Statement",
    "## Decision Drivers",
    "## Considered Options",
    "## Decision Outcome",
    "### Consequences",
    "### Confirmation",
    "## Pros and Cons of the Options",
    "## More Information",
]


TITLE = Context().title
BOUND = card("jwt-dpop", "authorization", store="none", window_s=900, client=ClientDuty.DPOP_PROOF)


def _record(
    mini: MiniRun, tmp_path: Path, context: Context | None = None, evidence: Evidence | None = None
) -> str:
    path = mini.write(tmp_path)
    run = load_run(path)
    cards = {**CARDS, "jwt-dpop": BOUND, **run.manifest.cards}
    return render_record(summarize(judge_run(run)), path, cards, context, evidence)


def test_what_was_measured_of_the_schemes_security_is_in_it(tmp_path: Path) -> None:
    drill = drill_report("store-killed", Effect.UNREACHABLE, drilled("session-redis"))
    evidence = Evidence(every_outcome(), revocation_report(), (drill,))
    context = Context(threats=Threats(regulated=True))
    text = _record(MiniRun(generations=5), tmp_path, context, evidence)
    session, token = text.partition("\n### session-redis\n")[2].split("\n### jwt-hs256\n")
    assert "| accepted after logout | up to 0.006 s in 8 (measured) |" in session
    assert "| failure, measured | store-killed: 10 of 100 requests failed" in session
    assert (
        "| accepted after logout | up to 1.8 s in 8, of 2 s declared in this measurement (measured) |"
        in token
    )
    assert "| attacks that succeeded | attack E1 (E1): 1 of 2 attacks that were run (measured) |" in token
    assert "| security report | 20261126T150001Z-attack-1a2b3c |" in text
    assert "how long a revoked credential really lives" not in text
    assert "| regulated | attack E1 (E1) | rejected | SUCCEEDED | not tried |" in text
    assert "* jwt-hs256: a credential is accepted after its login has ended (OWASP ASVS" in text
    assert "succeeded: attack E1 (E1) (measured: 20261126T150001Z-attack-1a2b3c)" in text


def test_it_has_the_sections_of_madr_and_leaves_the_decision_to_a_person(tmp_path: Path) -> None:
    text = _record(MiniRun(generations=5, lean=True, ladder=(100.0, 400.0)), tmp_path)
    assert text.startswith(
        '---\nstatus: proposed\ndate: 2026-11-20\ndecision-makers: ["for those who decide"]\n'
    )
    # log4brains 1.1 takes a front matter that ends in `---` alone for a heading, and a record that has no
    # status in a list under its title for an accepted one.
    assert "\n\n---\n\n# " in text
    assert text.partition("\n# ")[2].splitlines()[1:4] == ["", "- Status: proposed", ""]
    assert [line for line in text.splitlines() if line in _SECTIONS] == _SECTIONS
    assert "Chosen option: [for those who decide], because [for those who decide]" in text
    assert text.count("for those who decide") == 3
    pros = text.partition("## Pros and Cons of the Options")[2].partition("## More Information")[0]
    headings = [line[4:] for line in pros.splitlines() if line.startswith("### ")]
    assert headings == ["session-redis", "jwt-hs256", "jwt-dpop"]
    assert "nothing was asked: `authbench adr RUN --context FILE`" in text
    assert (
        "* against session-redis: each read depends on the store; its commands there: 1 (GETEX) (declared); "
        in text
    )
    assert "* it is 2027-11-20, a year after the measurement" in text
    assert "nderson" not in text


def test_only_what_was_asked_may_choose_and_only_where_nothing_else_is_left(tmp_path: Path) -> None:
    asked = Context(problem="Which one?", requirements=Requirements(max_revocation_s=60, peak_rps=3000))
    text = _record(MiniRun(generations=5), tmp_path / "a", asked)
    assert "Chosen option: session-redis, because what was asked leaves no other of 3." in text
    assert (
        "* Good, because a credential is never accepted after its logout (60 s are allowed) (declared)"
        in text
    )
    assert "\nWhich one?\n" in text
    # A scheme that nobody put among the options may still fit.
    mini = MiniRun(generations=5)
    cards = {"session-sql": card("session-sql", store="sql")}
    path = mini.write(tmp_path / "b")
    run = load_run(path)
    text = render_record(summarize(judge_run(run)), path, {**cards, **run.manifest.cards}, asked)
    assert "Chosen option: [for those who decide]" in text
    assert "what was asked also leaves session-sql: `options`" in text


def test_the_figures_of_the_plan_are_in_it() -> None:
    summary, manifest = reference()
    peak_rps = round(1.2 * carries_rps("session-memory"), -2)
    demand = Demand(peak_rps=peak_rps, users=40_000, request_gap_s=4, token_lifetime_s=900)
    planned = demand, make_plan(summary, manifest, demand)
    text = render_record(summary, QUICK, manifest.cards, planned=planned)
    session = text.partition("\n### session-redis\n")[2].partition("\n### jwt-hs256\n")[0]
    cores = planned[1].scenarios[0].schemes[1].of("cores")
    assert cores is not None
    assert f"| planned for {peak_rps:,.0f} requests/s: cores to provide | {with_interval(cores)} |" in session
    assert f"| planned for {peak_rps:,.0f} requests/s: store memory | " in session
    memory = text.partition("\n### session-memory\n")[2].partition("\n### session-redis\n")[0]
    assert "requests/s: cores to provide | refused: it lies beyond what was measured |" in memory
    assert f"Planned from run `{summary.run_id}` for {peak_rps:,.0f} requests/s" in text
    assert "* From which rate on does CPU cost a node more? session-redis needs a node more" in text
    assert "Your own value is 900 s: the break-even is 0.013 times that." in text


def test_the_demand_of_a_record_is_read_again_with_its_prices(tmp_path: Path) -> None:
    summary, manifest = reference()
    prices = Prices(
        currency="EUR", date=date(2026, 11, 1), source="us", per_core_hour=1, per_store_node_hour=1
    )
    demand = Demand(peak_rps=3000, prices=prices)
    plan = make_plan(summary, manifest, demand)
    text = render_record(summary, QUICK, manifest.cards, planned=(demand, plan))
    path = write_record(tmp_path, "Prices", text)
    assert read_block(path).demand == demand


def test_a_record_with_a_plan_names_the_nodes_of_the_plan_and_no_others() -> None:
    summary, manifest = reference()
    demand = Demand(peak_rps=3000, zones=3)
    plan = make_plan(summary, manifest, demand)
    text = render_record(summary, QUICK, manifest.cards, planned=(demand, plan))
    assert f"What it means: {plan.sentence}" in text
    nodes = next(one for one in plan.break_evens if one.name == "node_rps")
    assert nodes.at is not None
    assert f"* the peak passes {nodes.at.value:,.0f} requests/s: {nodes.sentence}" in text
    assert summary.so_what is not None
    assert summary.so_what.sentence not in text
    assert summary.so_what.node_more_from_rps == pytest.approx(nodes.at.value)


def test_an_option_that_is_no_scheme_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="unknown scheme 'jwt-dop': did you mean 'jwt-dpop'"):
        _record(MiniRun(generations=5), tmp_path, Context(options=["jwt-dop"]))


def test_the_evidence_is_the_runs(tmp_path: Path) -> None:
    text = _record(MiniRun(generations=5, lean=True, ladder=(100.0, 400.0)), tmp_path)
    for words in (
        "costs 21% more",
        "noise floor",
        "| a revoked credential is refused | within 900 s; logging out does not end a credential",
        "| store commands per request | 1 getex (counted) |",
        "| store memory per live session, Redis 6.2.14, allocator jemalloc-5.1.0 | 420 [415, 425] bytes |",
        "are its library's",
        "PyJWT 2.15.1, redis-py 8.1.0, not JWT and sessions as such",
        "20261120T100000Z-mini-abc123",
        "`authbench run mini`",
        '"kind": "counted", "about": "session-redis", "what": "store commands per request"',
        "* the store is no longer Redis 6.2.14, allocator jemalloc-5.1.0, or the round trip to it",
        "* throughput under a service level objective",
    ):
        assert words in text


def test_the_digest_is_what_sha256sum_says(tmp_path: Path) -> None:
    path = MiniRun(generations=1, cycles=2).write(tmp_path)
    command = "LC_ALL=C sha256sum manifest.json samples/*.parquet slices.jsonl | sha256sum"
    expected = subprocess.run(["sh", "-c", command], cwd=path, capture_output=True, text=True, check=True)
    assert raw_digest(path) == (expected.stdout.split()[0], 4)
    with (path / "slices.jsonl").open("a") as file:
        file.write("\n")
    assert raw_digest(path)[0] != expected.stdout.split()[0]


def test_a_record_takes_the_next_free_number(tmp_path: Path) -> None:
    name = "authenticate-requests-with-a-session-or-with-a-token.md"
    assert next_path(tmp_path, TITLE).name == f"0001-{name}"
    for taken in ("0007-something.md", "0003-else.md", "notes.md", "12-short.md"):
        (tmp_path / taken).touch()
    assert next_path(tmp_path, TITLE).name == f"0008-{name}"
    assert next_path(tmp_path, "Drop: SQL?").name == "0008-drop-sql.md"


@pytest.mark.parametrize("judged_by", ["everything", "correctness"])
def test_no_decision_rests_on_an_invalid_run_nor_on_one_that_compares_nothing(
    tmp_path: Path, judged_by: str
) -> None:
    mini = MiniRun(judged_by=judged_by)
    if judged_by == "everything":
        mini.manifest["status"] = "interrupted"
    with pytest.raises(Failure, match="no decision rests on it") as failure:
        _record(mini, tmp_path)
    assert failure.value.exit_code == 3


def test_a_record_that_nobody_edited_is_written_anew_and_no_other(tmp_path: Path) -> None:
    path = MiniRun(generations=5).write(tmp_path / "raw")
    (tmp_path / "decisions").mkdir()
    (tmp_path / "decisions" / "0001-of-somebody-else.md").write_text("# ours\n", "utf-8")

    def write(*more: str) -> Path:
        out = ["--results", str(tmp_path), "--out", str(tmp_path / "decisions")]
        result = CliRunner().invoke(app, ["adr", path.name, *out, *more])
        assert result.exit_code == 0, result.output
        return Path(result.stdout.partition(":")[0])

    first = write()
    assert first.name.startswith("0002-authenticate-requests")
    assert first.parent == tmp_path / "decisions"
    assert write("--at", "3000") == first
    text = first.read_text("utf-8")
    assert (
        "What it means: At 3,000 requests/s nodes of session-redis and jwt-hs256 cannot be compared" in text
    )
    first.write_text(text.replace("[for those who decide]", "Ada", 1), "utf-8")
    assert write().name.startswith("0003-")
    assert "Ada" in first.read_text("utf-8")


def test_what_is_edited_is_seen(tmp_path: Path) -> None:
    written = write_record(tmp_path, TITLE, "# A record\n").read_text("utf-8")
    assert is_unedited(written)
    for edited in (written.replace("A record", "Our record"), written + "\nmore", "# A record\n", ""):
        assert not is_unedited(edited)
