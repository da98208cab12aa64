import io
from pathlib import Path

from rich.console import Console

from analysis.data.run import load_run
from analysis.records.summary import Summary
from analysis.report.terminal import print_report
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
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
    assert lines[0] == "VALID, for GET /me at 200 requests/s."
    assert lines[1].startswith("session-redis costs 21% more CPU per request than jwt-hs256 (ratio 1.21,")


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


def test_it_fits_a_screen_and_a_half(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, lean=True, ladder=(100.0, 400.0), workload=MIXED)
    for arm in ARMS:
        mini.tag(arm, "V06")
    text = _printed(_summary(mini, tmp_path))
    assert len(text.splitlines()) <= 80
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
