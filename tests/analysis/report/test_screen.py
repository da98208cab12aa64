"""The end of a run fits a screen: 40 lines of 100 columns, on built runs and on a committed one."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from analysis.data.run import load_run
from analysis.records.summary import AnswerSummary, ArmSummary, Summary, ThroughputSummary
from analysis.report.screen import print_screen
from analysis.statistics.estimate import Estimate
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize, summarize_run
from analysis.validity.finding import Figures, Finding
from tests.analysis.build_run import ARMS, MIXED, READ, MiniRun

REFERENCE = Path(__file__).parents[3] / "results" / "reference"
LINES, COLUMNS = 40, 100


def _summary(mini: MiniRun, tmp_path: Path) -> Summary:
    return summarize(judge_run(load_run(mini.write(tmp_path))))


def _printed(summary: Summary, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    text = io.TextIOWrapper(raw, encoding=encoding)
    print_screen(summary, Path("results/derived") / summary.run_id, Console(file=text))
    text.flush()
    return raw.getvalue().decode(encoding)


def _fits(text: str) -> None:
    lines = text.splitlines()
    assert len(lines) <= LINES, text
    assert max(len(line) for line in lines) <= COLUMNS
    assert "\x1b" not in text


def _of_arm(text: str, arm: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(arm + " "))


def _disturbed(summary: Summary) -> Summary:
    """As bad as it gets: every arm marked and at least so fast, every rule with something to say."""
    rules = ("V02", "V06", "V07", "V08", "V09", "V10", "V21", "V28", "V41", "V42")
    kinds: tuple[Figures, ...] = ("latency", "cost", "throughput", "store", "response")
    findings = [
        Finding(
            rule=rule,
            severity="refuse-figure" if number % 2 else "mark",
            subject=arm.arm,
            sentence="what happened there, in a sentence that is longer than any line can be: " * 2,
            next_action="do something",
            refuses=kinds[number % len(kinds)],
        )
        for number, rule in enumerate(rules)
        for arm in summary.arms
    ]
    figure = Estimate(value=12345.0, low=12000.0, high=12800.0)
    slow = {name: Estimate(value=123.45, low=120.0, high=130.0) for name in ("p50", "p95", "p99")}
    throughput = ThroughputSummary(
        rps=figure,
        at_least=True,
        reason="the generator was full",
        app_busy=0.8,
        generator_busy=0.9,
        store_busy=0.2,
        cpu_app_us=figure,
        cpu_total_us=figure,
    )
    marks: dict[Figures, list[str]] = {
        "latency": ["V06"],
        "cost": ["V09"],
        "throughput": ["V41"],
        "store": ["V1"],
    }
    worst = {"service_ms": slow, "marks": marks, "throughput": throughput, "offered_rps": 90.0}
    answers = [
        AnswerSummary.model_validate({"answer": one.answer, "status": "INDICATIVE", "reason": "why " * 30})
        for one in summary.answers
    ]
    arms = [arm.model_copy(update=worst) for arm in summary.arms]
    refused = {"ratio": None, "refused_because": "V09: session-redis: it became slower while it ran, a lot"}
    compared = [
        c.model_copy(update={} if c.metric == summary.primary_metric else refused)
        for c in summary.comparisons
    ]
    return summary.model_copy(
        update={"arms": arms, "findings": findings, "answers": answers, "comparisons": compared}
    )


@pytest.fixture(scope="module")
def quick() -> Summary:
    (run,) = (REFERENCE / "raw").glob("*-quick-*")
    return summarize_run(run, REFERENCE).summary


def test_the_committed_run_fits_a_screen_also_at_its_worst(quick: Summary) -> None:
    assert len(quick.arms) == 8
    _fits(_printed(quick))
    _fits(_printed(_disturbed(quick)))


def test_built_runs_fit_a_screen(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, lean=True, ladder=(100.0, 400.0), workload=MIXED)
    for arm in ARMS:
        mini.tag(arm, "V06")
    summary = _summary(mini, tmp_path)
    _fits(_printed(summary))
    _fits(_printed(_disturbed(summary)))


def test_the_status_of_every_answer_comes_first_then_three_lines_of_verdict(tmp_path: Path) -> None:
    lines = _printed(_summary(MiniRun(generations=5), tmp_path)).splitlines()
    assert (
        lines[0] == "cost VALID · latency VALID · throughput not measured · store load VALID · not calibrated"
    )
    assert lines[1].startswith("cost       session-redis costs 21% [")
    assert "more CPU per request than jwt-hs256 (+127 us [" in lines[1]
    assert lines[2].startswith("p50        session-redis takes 3")
    assert lines[3] == "throughput not measured: nothing was saturated"
    assert lines[4].startswith("At 400 requests/s (200 offered x 2 cores here) session-redis needs 0.05 [")


def test_reasons_are_in_the_first_line_as_far_as_they_fit(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)

    def first(*reasons: str) -> str:
        told = [
            AnswerSummary(answer=one.answer, status=status, reason=reason)
            for one, status, reason in zip(
                summary.answers, ("VALID", "INDICATIVE", "VALID", "VALID"), reasons, strict=True
            )
        ]
        return _printed(summary.model_copy(update={"answers": told})).splitlines()[0]

    end = "throughput VALID · store load VALID · not calibrated"
    assert first("", "", "", "") == f"cost VALID · latency indicative · {end}"
    assert first("", "V10: noisy", "", "") == f"cost VALID · latency indicative (V10: noisy) · {end}"
    assert first("", "V10: " + "x" * 50, "", "") == f"cost VALID · latency indicative (V10) · {end}"
    assert first("r" * 20, "V10: noisy", "", "") == f"cost VALID · latency indicative (V10: noisy) · {end}"


def test_one_table_has_every_arm_in_one_line(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)
    text = _printed(summary)
    assert _of_arm(text, "none (control)").split()[2].isdigit()
    row = _of_arm(text, "session-redis")
    assert "+32" in row
    assert "1 getex, 150 B" in row
    assert row.split()[-3:] == ["300", "0", "s"]
    assert _of_arm(text, "jwt-hs256").split()[-2:] == ["900", "s"]
    assert [line for line in text.splitlines() if line.startswith("session-redis (twin) ")]


def _with_throughput(arm: ArmSummary, *, at_least: bool) -> ArmSummary:
    figure = Estimate(value=4100.4, low=4000.0, high=4200.0)
    found = ThroughputSummary(
        rps=figure,
        at_least=at_least,
        app_busy=0.9,
        generator_busy=0.9,
        store_busy=None,
        cpu_app_us=figure,
        cpu_total_us=figure,
    )
    return arm.model_copy(update={"throughput": found})


def test_a_lower_bound_and_a_mark_are_seen_also_without_utf8(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)
    first, *others = summary.arms
    marked = _with_throughput(first, at_least=True).model_copy(update={"marks": {"latency": ["V10"]}})
    summary = summary.model_copy(
        update={
            "arms": [marked, *(_with_throughput(arm, at_least=False) for arm in others)],
            "findings": [
                Finding(
                    rule="V10",
                    severity="mark",
                    subject=arm,
                    sentence="the machine was not quiet",
                    next_action="",
                    refuses="latency",
                )
                for arm in ARMS
            ],
        }
    )
    text = _printed(summary)
    assert "≥ 4,100" in _of_arm(text, "none (control)")
    assert "*" in _of_arm(text, "none (control)")
    assert " 4,100 " in _of_arm(text, "jwt-hs256")
    assert "* V10 marks latency of all arms: the machine was not quiet" in text.splitlines()
    plain = _printed(summary, "ascii")
    assert ">= 4,100" in plain
    assert "cost VALID | latency VALID" in plain
    _fits(plain)


def test_a_figure_without_a_verdict_is_described_and_says_why(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)
    refused = {"ratio": None, "refused_because": "V09: jwt-hs256: it drifted"}
    compared = [
        c.model_copy(update=refused if c.metric == "service_p50_ms" else {}) for c in summary.comparisons
    ]
    text = _printed(summary.model_copy(update={"comparisons": compared}))
    line = next(line for line in text.splitlines() if line.startswith("p50 "))
    assert line.startswith("p50        session-redis 2.0")
    assert " ms, jwt-hs256 1.4" in line
    assert "not compared: V09: jwt-hs256: it drifted" in text


def test_a_run_that_ranks_its_arms_is_in_the_order_of_cost(tmp_path: Path) -> None:
    (run,) = (REFERENCE / "derived").glob("*-schemes-*/summary.json")
    summary = Summary.model_validate_json(run.read_text("utf-8"))
    text = _printed(summary)
    for shown in (text, _printed(_disturbed(summary))):
        assert max(len(line) for line in shown.splitlines()) <= COLUMNS
        assert "…" not in shown  # no name, head or figure is cut
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("none (control) ")) + 1
    ranked = [rank.arm for rank in summary.ranking]
    shown_arms = [line.partition("  ")[0] for line in lines[start : start + len(ranked)]]
    assert shown_arms == ranked


def test_an_invalid_run_says_so_first_and_why(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("jwt-hs256", store_commands={"get": 3})
    text = _printed(_summary(mini, tmp_path))
    lines = text.splitlines()
    assert lines[0] == "INVALID: the figures of this run may not be used."
    assert lines[1].startswith("V11: jwt-hs256 in generation 0, cycle 0: the store got 3 get")
    assert "For finding the fault only:" in lines
    assert "authbench adr" not in text
    _fits(text)


def test_smoke_compares_nothing(tmp_path: Path) -> None:
    text = _printed(_summary(MiniRun(judged_by="correctness"), tmp_path))
    assert text.startswith("VALID: every part works here")
    assert "This experiment compares nothing" in text
    assert "authbench adr" not in text


def test_a_run_without_figures_prints_no_table(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["status"] = "running"
    text = _printed(_summary(mini, tmp_path))
    assert "is still running, or was killed" in text
    assert "request" not in text.partition("authbench report")[0].partition("killed")[2]


def test_a_closed_loop_says_that_it_measured_no_latency(tmp_path: Path) -> None:
    closed = READ.model_copy(update={"loop": "closed"})
    text = _printed(_summary(MiniRun(generations=5, workload=closed), tmp_path))
    assert "p50        not measured: a closed loop: its times are the load's own" in text


def test_it_ends_with_what_to_do_next(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, ladder=(100.0, 400.0))
    lines = _printed(_summary(mini, tmp_path)).splitlines()
    name = mini.manifest["run_id"]
    assert lines[-4:] == [
        f"page     results/derived/{name}/report.html",
        f"nodes    authbench plan {name} --at REQUESTS_PER_SECOND",
        f"record   authbench adr {name}",
        "trust    authbench calibrate: what this machine can see is not known",
    ]


def test_an_arms_name_is_never_markup(tmp_path: Path) -> None:
    summary = _summary(MiniRun(), tmp_path)
    arms = [arm.model_copy(update={"arm": "[red]x", "role": "arm"}) for arm in summary.arms]
    changed = summary.model_copy(update={"arms": arms, "comparisons": [], "so_what": None})
    assert "[red]x" in _printed(changed)
