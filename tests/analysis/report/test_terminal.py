import io
from pathlib import Path

from rich.console import Console

from analysis.data.run import load_run
from analysis.records.summary import Reading, Summary, ThroughputSummary
from analysis.report.terminal import print_report
from analysis.statistics.estimate import Estimate
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.records import GenerationTimes, RunPlan
from tests.analysis.build_run import ARMS, MIXED, READ, MiniRun


def _summary(mini: MiniRun, tmp_path: Path) -> Summary:
    return summarize(judge_run(load_run(mini.write(tmp_path))))


def _printed(summary: Summary) -> str:
    text = io.StringIO()
    print_report(summary, Path("results/derived/x"), Console(file=text))
    return text.getvalue()


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def test_the_verdict_comes_first_and_in_words(tmp_path: Path) -> None:
    lines = _printed(_summary(MiniRun(generations=5), tmp_path)).splitlines()
    text = _on_one_line("\n".join(lines))
    assert text.startswith(
        "cost VALID, latency VALID, throughput not measured, store load VALID, not calibrated, for GET /me "
        "at 200 requests/s. session-redis costs 21% more CPU per request than jwt-hs256 (ratio 1.21,"
    )


def test_piped_it_fits_a_hundred_columns_without_colour(tmp_path: Path) -> None:
    text = _printed(_summary(MiniRun(generations=5), tmp_path))
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines()) <= 100
    for arm in ARMS:
        assert sum(line.strip().startswith(arm + " ") for line in text.splitlines()) >= 2


def test_it_says_what_the_figures_hold_for(tmp_path: Path) -> None:
    text = _on_one_line(_printed(_summary(MiniRun(generations=5), tmp_path)))
    for words in (
        "200 requests/s for every arm",
        "the store is on this machine: round trip 45 us",
        "PyJWT 2.15.1, redis 8.1.0: not JWT and sessions as such",
        "application 1, generator 0, store 0",
        "20 of 20 cycles whole, in 5 generations",
        "no figure for service p99 of",
        "1 getex",
    ):
        assert words in text


def test_an_invalid_run_says_so_first_and_why(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("jwt-hs256", store_commands={"get": 3})
    lines = _printed(_summary(mini, tmp_path)).splitlines()
    assert lines[0] == "INVALID: the figures of this run may not be used."
    assert lines[1].startswith("V11: jwt-hs256 in generation 0, cycle 0: the store got 3 get")
    assert "For finding the fault only:" in lines


def test_a_run_without_figures_prints_no_table(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["status"] = "running"
    text = _printed(_summary(mini, tmp_path))
    assert "is still running, or was killed" in text
    assert "CPU per request" not in text


def test_smoke_compares_nothing(tmp_path: Path) -> None:
    text = _printed(_summary(MiniRun(judged_by="correctness"), tmp_path))
    assert "This experiment compares nothing" in text
    assert "session-redis / jwt-hs256" not in text
    assert "A - B" not in text


def test_the_long_form_with_both_readings_stays_below_ninety_lines(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, lean=True, ladder=(100.0, 400.0), workload=MIXED)
    for arm in ARMS:
        mini.tag(arm, "V06")
    text = _printed(_summary(mini, tmp_path))
    assert len(text.splitlines()) < 95
    assert "none 100%, session-redis 100%, session-redis (twin) 100%" in _on_one_line(text)
    assert "are its library's" in text


def test_a_closed_loop_prints_no_latency(tmp_path: Path) -> None:
    closed = READ.model_copy(update={"loop": "closed"})
    text = _printed(_summary(MiniRun(generations=5, workload=closed), tmp_path))
    assert "Latency" not in text
    assert "closed loop: the server slows its own load" in _on_one_line(text)


def test_a_stall_is_told(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("none", longest_silence_ns=1_020_000_000)
    text = _on_one_line(_printed(_summary(mini, tmp_path)))
    assert "the server answered nothing for 1.02 s while requests waited" in text


def test_an_arms_name_is_never_markup(tmp_path: Path) -> None:
    summary = _summary(MiniRun(), tmp_path)
    arms = [arm.model_copy(update={"arm": "[red]x"}) for arm in summary.arms]
    assert "[red]x" in _printed(summary.model_copy(update={"arms": arms}))


def test_quiet_cycles_are_shown_where_they_look_different(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)
    first, *others = summary.arms
    quiet = {name: Estimate(value=0.77, low=0.7, high=0.8) for name in ("p50", "p95", "p99")}
    marked = first.model_copy(
        update={
            "marks": {"latency": ["V10"]},
            "clean_cycles": 7,
            "clean_service_ms": quiet,
            "clean_response_ms": quiet,
        }
    )
    same = others[0].model_copy(
        update={
            "clean_cycles": 7,
            "clean_service_ms": others[0].service_ms,
            "clean_response_ms": others[0].response_ms,
        }
    )
    pair = summary.comparisons[0].model_copy(
        update={"clean": Reading(ratio=1.5, low=1.4, high=1.6, cycles=7)}
    )
    text = _printed(
        summary.model_copy(
            update={"arms": [marked, same, *others[1:]], "comparisons": [pair, *summary.comparisons[1:]]}
        )
    )
    rows = [line.split() for line in text.splitlines() if line.strip().startswith("7 quiet cycles")]
    assert rows == [
        ["7", "quiet", "cycles", "0.77", "0.77", "[0.70,", "0.80]", "0.77"],
        ["7", "quiet", "cycles", "1.500", "[1.400,", "1.600]"],
    ]
    assert any(line.startswith("none ") and "*" in line for line in text.splitlines())


def test_it_says_where_the_seconds_of_a_generation_went_and_why_so_many_cycles(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)
    times = GenerationTimes(
        generation=0, arms=8, start_s={"processes": 6.4, "seeding": 3.1}, cycles_s=20.2, elapsed_s=31.0
    )
    plan = RunPlan(
        cycles=6,
        after_generations=2,
        within_log=0.11,
        between_log=0.02,
        start_s=9.5,
        cycle_s=2.5,
        unclamped=6.2,
    )
    text = _on_one_line(_printed(summary.model_copy(update={"times": [times], "plan": plan})))
    assert "generation processes seeding start cycles so far" in text
    assert "1, 8 arms 6.4 3.1 9.5 20.2 31" in text
    assert "6 cycles in each generation, chosen after 2 generations (the formula asked for 6.2)" in text


def test_throughput_has_a_table_of_its_own(tmp_path: Path) -> None:
    summary = _summary(MiniRun(generations=5), tmp_path)
    figure = Estimate(value=4100.0, low=4000.0, high=4200.0)
    found = ThroughputSummary(
        rps=figure,
        at_least=True,
        app_busy=0.97,
        generator_busy=0.85,
        store_busy=None,
        cpu_app_us=figure,
        cpu_total_us=figure,
    )
    arms = [summary.arms[0].model_copy(update={"throughput": found}), *summary.arms[1:]]
    text = _on_one_line(_printed(summary.model_copy(update={"arms": arms})))
    assert "none at least 4100 [4000, 4200] 4100 97% 85% -" in text
