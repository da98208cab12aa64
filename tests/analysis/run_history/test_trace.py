"""Runs of one experiment in order of time: what each answered, and what changed between two of them."""

from pathlib import Path
from typing import Any

import pytest

from analysis.records.run_history import ExperimentHistory, PastRun
from analysis.records.summary import Summary
from analysis.run_history.trace import ReadRun, trace
from authbench.contracts.records import Manifest, Rate
from tests.analysis.build_run import MiniRun, experiment
from tests.analysis.capacity.runs import mini

SUMMARY, MANIFEST = mini()
INVALID = SUMMARY.model_copy(update={"status": "INVALID", "reasons": ["V10: no"]})


def _run(name: str, hour: int, summary: Summary | None = SUMMARY, **changes: Any) -> ReadRun:
    started = f"2026-11-20T{hour:02}:00:00+00:00"
    manifest = MANIFEST.model_copy(update={"run_id": name, "started_at": started, **changes})
    return ReadRun(path=Path("raw") / name, manifest=manifest, summary=summary, committed=False)


def _only(*runs: ReadRun, last: int | None = None) -> ExperimentHistory:
    (found,) = trace(runs, last).experiments
    return found


def _missing(run: ReadRun) -> str:
    (past,) = _only(run).runs
    assert past.answers == []
    return past.missing


def _changed(before: Manifest, now: Manifest) -> PastRun:
    runs = [
        ReadRun(path=Path("raw") / name, manifest=manifest, summary=None, committed=False)
        for name, manifest in (("a", before), ("b", now))
    ]
    return _only(*runs).runs[1]


def test_three_answers_of_the_pair_that_the_experiment_was_declared_for() -> None:
    found = _only(_run("one", 10))
    assert (found.experiment, found.a, found.b) == ("mini", "session-redis", "jwt-hs256")
    cost, latency, throughput = found.runs[0].answers
    assert [one.answer for one in (cost, latency, throughput)] == ["cost", "latency", "throughput"]
    assert cost.comparison == SUMMARY.comparisons[0]
    assert cost.status == "VALID"
    assert throughput.comparison is not None
    assert (throughput.comparison.metric, throughput.comparison.a) == ("throughput_rps", "session-redis")


def test_runs_are_in_order_of_time_and_the_newest_experiment_is_the_last() -> None:
    other = experiment(name="other")
    runs = [_run("late", 12), _run("other", 11, experiment=other), _run("early", 10)]
    names = [[run.run_id for run in one.runs] for one in trace(runs).experiments]
    assert names == [["other"], ["early", "late"]]


def test_another_pair_is_another_history() -> None:
    turned = experiment(compare=[("jwt-hs256", "session-redis")])
    found = trace([_run("one", 10), _run("two", 11, experiment=turned)]).experiments
    assert [(one.a, one.b) for one in found] == [
        ("session-redis", "jwt-hs256"),
        ("jwt-hs256", "session-redis"),
    ]


def test_the_last_ones_know_what_was_before_them() -> None:
    runs = [_run("one", 10, git_commit="a" * 40), _run("two", 11, git_commit="b" * 40)]
    (newest,) = _only(*runs, last=1).runs
    assert (newest.run_id, newest.changed) == ("two", ["commit: aaaaaaa -> bbbbbbb"])


@pytest.mark.parametrize(
    ("summary", "status", "words"),
    [
        (SUMMARY, "interrupted", "interrupted: authbench run --resume ID"),
        (SUMMARY, "running", "running"),
        (None, "complete", "no summary: authbench report ID makes it"),
        (INVALID, "complete", "INVALID: V10: no"),
        (SUMMARY.model_copy(update={"comparisons": []}), "complete", "VALID; no pair was compared"),
    ],
)
def test_a_run_without_answers_says_why(summary: Summary | None, status: str, words: str) -> None:
    assert _missing(_run("one", 10, summary, status=status)) == words


def test_what_was_not_measured_or_may_not_be_compared_has_no_figure() -> None:
    refused = [
        c.model_copy(update={"refused_because": "V10: steal"}) if c.metric == "service_p50_ms" else c
        for c in SUMMARY.comparisons
    ]
    older = [c for c in refused if c.metric != "throughput_rps"]
    summary = SUMMARY.model_copy(update={"comparisons": older, "answers": []})
    _, latency, throughput = _only(_run("one", 10, summary)).runs[0].answers
    assert (latency.comparison, latency.reason) == (None, "not compared: V10: steal")
    assert (throughput.comparison, throughput.reason) == (None, "not measured")
    assert throughput.status is None


def test_nothing_changed_between_two_runs_of_one_sitting() -> None:
    past = _changed(MANIFEST, MANIFEST)
    assert (past.changed, past.comparable) == ([], True)


def test_other_code_is_told_and_can_be_compared() -> None:
    now = MANIFEST.model_copy(
        update={"git_commit": "b" * 40, "git_dirty": True, "authbench_version": "0.2.0"}
    )
    past = _changed(MANIFEST, now)
    assert past.changed == ["authbench: 0.1.0 -> 0.2.0", "commit: unknown -> bbbbbbb with changes"]
    assert past.comparable


def test_conditions_are_told_the_machine_first_and_cannot_be_compared() -> None:
    server = MANIFEST.servers["jwt-hs256"].model_copy(update={"versions": {"PyJWT": "2.16.0"}})
    now = MANIFEST.model_copy(
        update={
            "machine": MANIFEST.machine.model_copy(update={"kernel": "6.6", "memory_mib": 8192}),
            "placement": None,
            "rate": Rate(offered_rps=400.0, closed_loop_rps={}, share=None),
            "servers": {**MANIFEST.servers, "jwt-hs256": server},
        }
    )
    past = _changed(MANIFEST, now)
    assert past.comparable is False
    subjects = [change.partition(":")[0] for change in past.changed]
    assert subjects == [
        "kernel",
        "memory",
        "offered rate",
        "PyJWT of jwt-hs256",
        "redis of jwt-hs256",
        "placement",
    ]
    assert past.changed[:4] == [
        "kernel: 6.1 -> 6.6",
        "memory: 4096 MiB -> 8192 MiB",
        "offered rate: 200 requests/s -> 400",
        "PyJWT of jwt-hs256: 2.15.1 -> 2.16.0",
    ]


def test_a_rate_that_only_one_of_them_has_is_told_without_letters() -> None:
    own = Manifest(**MiniRun(generations=1, own=["jwt-hs256"]).manifest)
    assert "rate of jwt-hs256: of its own now only" in _changed(MANIFEST, own).changed
    assert "rate of jwt-hs256: of its own before only" in _changed(own, MANIFEST).changed
