"""Two miniature runs: what changed is found, what did not is not, and neither is claimed from too little."""

from pathlib import Path

import pytest

from analysis.records.run_comparison import RunComparison, RunRatio
from analysis.run_comparison.against_baseline import (
    against_baseline,
    unusable,
    verdict,
    verdict_on_throughput,
)
from analysis.run_comparison.sentences import pairs_sentence
from analysis.summary.summarize import SummarizedRun, summarize_run
from authbench.contracts.failure import Failure
from tests.analysis.build_run import ARMS, COST_US, MiniRun


def _run(folder: Path, name: str, *, seed: int = 1, **options: object) -> SummarizedRun:
    mini = MiniRun(**{"generations": 5, "run_id": name, "seed": seed, **options})  # type: ignore[arg-type]
    return summarize_run(mini.write(folder), folder)


def _compared(tmp_path: Path, threshold: float = 0.05, **options: object) -> RunComparison:
    return against_baseline(_run(tmp_path, "a"), _run(tmp_path, "b", seed=2, **options), threshold)


def test_nothing_changed(tmp_path: Path) -> None:
    found = _compared(tmp_path)
    assert [change.arm for change in found.arms] == list(ARMS)
    assert {change.verdict for change in found.arms} == {"same"}
    assert found.regressions == found.forced == found.only_in_a == []
    assert found.limit == 0.05
    assert found.sentence == "no regression: no arm costs 5.0% or more above run A in CPU per request."
    assert (found.pairs_overlapping, found.pairs_flipped) == (1.0, 0)
    total = found.arms[1].figures["cpu_total_us"]
    assert total.a == pytest.approx(sum(COST_US["session-redis"]), rel=0.02)
    assert (total.generations_a, total.generations_b) == (5, 5)


def test_one_arm_that_costs_more_is_its_own_regression(tmp_path: Path) -> None:
    found = _compared(tmp_path, factor={"jwt-hs256": 1.12})
    assert found.regressions == ["jwt-hs256"]
    change = found.arms[3]
    assert (change.arm, change.own_change) == ("jwt-hs256", True)
    ratio = change.figures["cpu_total_us"].ratio
    assert ratio == pytest.approx(1.12, abs=0.02)
    assert found.sentence.startswith("regression: jwt-hs256 costs 12% more CPU per request (1.1")
    assert "beside its control too: its own" in found.sentence
    assert found.pairs_overlapping is not None
    assert found.pairs_overlapping < 1


def _saturated(tmp_path: Path, **options: object) -> RunComparison:
    a = _run(tmp_path, "a", saturated_cycles=4)
    b = _run(tmp_path, "b", seed=2, saturated_cycles=4, **options)
    return against_baseline(a, b, 0.05)


def test_nothing_changed_in_throughput_either(tmp_path: Path) -> None:
    found = _saturated(tmp_path)
    assert {change.throughput_verdict for change in found.arms} == {"same"}
    assert found.throughput_regressions == []
    assert found.throughput_limit == 0.05
    shares = {metric: found.overlapping[metric] for metric in ("cpu_total_us", "service_p50_ms")}
    assert {**shares, "throughput_rps": 1.0} == dict.fromkeys((*shares, "throughput_rps"), 1.0)
    assert "CPU per request 100%, service time p50 100%, throughput 100%" in pairs_sentence(found)


def test_an_arm_that_serves_less_is_a_regression(tmp_path: Path) -> None:
    found = _saturated(tmp_path, factor={"jwt-hs256": 1.12})
    assert found.throughput_regressions == ["jwt-hs256"]
    assert found.arms[3].figures["throughput_rps"].ratio == pytest.approx(1 / 1.12, abs=0.02)
    assert "; regression in throughput: jwt-hs256 serves 11% fewer requests/s (0.8" in found.sentence


def test_an_arm_that_serves_more_is_none(tmp_path: Path) -> None:
    found = _saturated(tmp_path, factor={"jwt-hs256": 0.8})
    assert found.arms[3].throughput_verdict == "improvement"
    assert found.throughput_regressions == []


def test_runs_without_saturation_have_no_verdict_on_throughput(tmp_path: Path) -> None:
    found = _compared(tmp_path)
    assert {change.throughput_verdict for change in found.arms} == {"no figure"}
    assert found.arms[0].figures["throughput_rps"].reason == "run A: nothing was saturated"
    assert found.throughput_limit is None
    assert "throughput" not in pairs_sentence(found)


@pytest.mark.parametrize(
    ("ratio", "low", "high", "limit", "expected"),
    [
        (0.8, 0.75, 0.85, 0.05, "regression"),
        (1.25, 1.2, 1.3, 0.05, "improvement"),
        (1.0, 0.98, 1.02, 0.05, "same"),
        (0.97, 0.9, 1.05, 0.05, "unclear"),
        (0.8, 0.75, None, 0.05, "unclear"),
        (0.8, 0.75, 0.85, None, "unclear"),
        (None, None, None, 0.05, "no figure"),
    ],
)
def test_fewer_requests_are_worse(
    ratio: float | None, low: float | None, high: float | None, limit: float | None, expected: str
) -> None:
    assert verdict_on_throughput(RunRatio(ratio=ratio, low=low, high=high), limit) == expected


def test_a_machine_that_became_slower_is_told_from_the_schemes(tmp_path: Path) -> None:
    found = _compared(tmp_path, factor=dict.fromkeys(ARMS, 1.2))
    assert found.regressions == list(ARMS)
    assert [change.own_change for change in found.arms] == [None, False, False, False]
    assert "none costs 2" in found.sentence
    assert "it is the control: the machine, or what all arms share" in found.sentence
    assert found.arms[1].to_control is not None
    assert found.arms[1].to_control.ratio == pytest.approx(1, abs=0.02)


def test_an_arm_that_became_cheaper_is_no_regression(tmp_path: Path) -> None:
    found = _compared(tmp_path, factor={"jwt-hs256": 0.8})
    assert (found.regressions, found.arms[3].verdict) == ([], "improvement")
    assert found.sentence.startswith("no regression: ")
    assert "less in B: jwt-hs256 -20%" in found.sentence


def test_a_change_below_the_threshold_asked_for_is_none(tmp_path: Path) -> None:
    found = _compared(tmp_path, threshold=0.3, factor={"jwt-hs256": 1.12})
    assert (found.regressions, found.limit) == ([], 0.3)


def test_a_noisy_machine_raises_the_limit(tmp_path: Path) -> None:
    found = _compared(tmp_path, threshold=0.0, factor={"session-redis (twin)": 1.04})
    assert found.noise_floors[1] is not None
    assert found.limit == found.noise_floors[1] > 0.03
    assert found.regressions == []


def test_two_generations_that_disagree_rule_nothing_out(tmp_path: Path) -> None:
    found = against_baseline(
        _run(tmp_path, "a", generations=2, cycles=5, noise=0.4),
        _run(tmp_path, "b", generations=2, cycles=5, noise=0.4, seed=2),
        0.0,
    )
    assert "unclear" in {change.verdict for change in found.arms}
    assert "cannot rule one out" in found.sentence


def test_one_generation_has_no_interval(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="1 generation has it, and an interval needs 2"):
        against_baseline(_run(tmp_path, "a"), _run(tmp_path, "b", generations=1, cycles=12), 0.05)


def test_arms_of_one_run_only_are_named(tmp_path: Path) -> None:
    found = against_baseline(_run(tmp_path, "a", lean=True), _run(tmp_path, "b", seed=2), 0.05)
    assert (found.only_in_a, found.only_in_b) == (["jwt-hs256-lean"], [])


def test_percentiles_need_requests_and_generations(tmp_path: Path) -> None:
    """200 requests an arm and generation: a p50 and p95, no p99; and a closed loop has no times at all."""
    figures = _compared(tmp_path).arms[1].figures
    assert figures["service_p50_ms"].ratio == pytest.approx(1, abs=0.1)
    assert figures["service_p99_ms"].ratio is None
    assert "0 of the 5 generations needed carry a p99" in str(figures["service_p99_ms"].reason)
    assert figures["cpu_store_us"].ratio is not None


def test_an_arm_without_a_store_has_no_store_figure(tmp_path: Path) -> None:
    assert _compared(tmp_path).arms[3].figures["cpu_store_us"].reason == "run A: jwt-hs256 has no store"


def test_flipped_verdicts_are_counted(tmp_path: Path) -> None:
    found = _compared(tmp_path, factor={"jwt-hs256": 1.5})
    flipped = {(pair.a, pair.b, pair.metric) for pair in found.pairs if pair.flipped}
    assert ("session-redis", "jwt-hs256", "cpu_total_us") in flipped
    assert found.pairs_flipped == len(flipped)


def test_runs_that_compare_nothing_are_refused_whatever_is_forced(tmp_path: Path) -> None:
    a, smoke = _run(tmp_path, "a"), _run(tmp_path, "s", judged_by="correctness")
    with pytest.raises(Failure, match="checks that everything works"):
        unusable(a, smoke)
    with pytest.raises(Failure, match="both A and B"):
        unusable(a, a)


def test_an_invalid_run_is_named_and_forcing_it_says_so_everywhere(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, run_id="b", seed=2)
    mini.change("jwt-hs256", store_commands={"get": 3})
    a, b = _run(tmp_path, "a"), summarize_run(mini.write(tmp_path), tmp_path)
    (reason,) = unusable(a, b)
    assert reason.startswith("B is INVALID: V11")
    found = against_baseline(a, b, 0.05)
    assert found.forced == [reason]
    assert found.sentence.startswith("FORCED, and so no evidence: ")


@pytest.mark.parametrize(
    ("ratio", "low", "high", "limit", "expected"),
    [
        (1.10, 1.06, 1.14, 0.05, "regression"),
        (1.10, 0.99, 1.22, 0.05, "unclear"),
        (1.04, 1.03, 1.049, 0.05, "same"),
        (1.04, 1.01, 1.07, 0.05, "unclear"),
        (0.90, 0.86, 0.94, 0.05, "improvement"),
        (1.10, 1.06, None, None, "unclear"),
        (1.10, 0.0, None, 0.05, "unclear"),
        (None, None, None, 0.05, "no figure"),
    ],
)
def test_verdicts(
    ratio: float | None, low: float | None, high: float | None, limit: float | None, expected: str
) -> None:
    assert verdict(RunRatio(ratio=ratio, low=low, high=high), limit) == expected


def test_runs_of_one_truth_raise_no_alarm(tmp_path: Path) -> None:
    """Six pairs of equal runs, four arms each, noise of 3 % a cycle: none regresses."""
    alarms = 0
    for index in range(6):
        folder = tmp_path / str(index)
        a = _run(folder / "a", "a", seed=100 + index, noise=0.03)
        b = _run(folder / "b", "b", seed=500 + index, noise=0.03)
        alarms += len(against_baseline(a, b, 0.02).regressions)
    assert alarms == 0
