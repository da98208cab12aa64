"""A line for each run, with the verdict's mark, and below it what changed before the next one."""

import io

from rich.console import Console

from analysis.records.run_history import ExperimentHistory, PastAnswer, PastRun, RunHistory
from analysis.records.summary import Comparison, Metric, Verdict
from analysis.run_history.terminal import print_history


def _answers(cost: Verdict = "slower", latency: str = "") -> list[PastAnswer]:
    def compared(metric: Metric, verdict: Verdict, ratio: float) -> Comparison:
        return Comparison(
            a="session", b="token", metric=metric, primary=metric == "cpu_total_us", ratio=ratio,
            low=ratio - 0.03, high=ratio + 0.03, difference=52.5, difference_low=43.4, difference_high=61.6,
            verdict=verdict,
        )  # fmt: skip

    p50 = None if latency else compared("service_p50_ms", "inconclusive", 1.02)
    return [
        PastAnswer(answer="cost", status="VALID", comparison=compared("cpu_total_us", cost, 1.18)),
        PastAnswer(answer="latency", status="VALID", comparison=p50, reason=latency),
        PastAnswer(
            answer="throughput", status="VALID", comparison=compared("throughput_rps", "equivalent", 0.999)
        ),
    ]


def _run(name: str, **changes: object) -> PastRun:
    facts = {"path": name, "committed": False, "started_at": "", "margin": 0.05, "answers": _answers()}
    return PastRun.model_validate({"run_id": name, **facts, **changes})


def _lines(*runs: PastRun, width: int | None = None) -> list[str]:
    history = RunHistory(
        experiments=[ExperimentHistory(experiment="quick", a="session", b="token", runs=list(runs))]
    )
    out = io.StringIO()
    print_history(history, Console(file=out, width=width))
    return out.getvalue().splitlines()


def test_a_line_for_each_run() -> None:
    title, heads, first, second, *_ = _lines(_run("one"), _run("two", committed=True))
    assert title == "quick: session against token"
    assert heads.split() == ["run", "CPU", "us/request", "CPU/request", "p50", "requests/s"]
    assert first == "one    +52 [43, 62]    +18% [15, 21]  +2% [-1, 5] ?  +0% [-3, 3] ="
    assert second.startswith("two *  +52")


def test_what_has_no_figure_is_two_words() -> None:
    answers = _answers(latency="not compared: V10: the machine was not quiet")
    row = _lines(_run("one", answers=answers))[2]
    assert row.split("  ")[-2:] == ["not compared", "+0% [-3, 3] ="]


def test_a_run_without_answers_has_a_sentence_of_one_line() -> None:
    lost = _run("two", answers=[], missing="INVALID: " + "a long reason " * 20)
    lines = _lines(_run("one"), lost)
    assert lines[3].startswith("two  INVALID: a long reason")
    assert max(map(len, lines)) <= 100
    only = _lines(lost)
    assert only[:2] == ["quick: session against token", lines[3]]


def test_what_changed_stands_between_two_runs() -> None:
    other = _run("three", changed=["kernel: 6.1 -> 6.6"], comparable=False)
    lines = _lines(_run("one"), _run("two", changed=["commit: a -> b"], comparable=True), other)
    assert [line.strip() for line in lines[3:7:2]] == [
        "changed: commit: a -> b",
        "other conditions: kernel: 6.1 -> 6.6",
    ]


def test_many_and_long_changes_are_cut() -> None:
    changed = [f"card's field {number}: {'x ' * 99}" for number in range(9)]
    lines = _lines(_run("one"), _run("two", changed=changed, comparable=False))
    assert "and 3 more: --json" in " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= 100
    assert len(lines) < 20
