import math
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.data.run import RunData, load_run
from analysis.rules.v09_steady_state import (
    Halves,
    SteadyState,
    beyond,
    drift_of,
    drifts_of,
    truncate,
    truncations,
)
from analysis.validity.finding import Finding
from tests.analysis.build_run import ARMS, READ, MiniRun

RULE = SteadyState()


def test_mser_cuts_off_a_transient_and_leaves_a_steady_series_alone() -> None:
    noise = np.random.default_rng(1).normal(0, 0.01, 40)
    assert truncate(noise).cut < 20
    found = truncate(noise + np.where(np.arange(40) < 6, 1.0, 0.0))
    assert found.cut == 6
    assert found.step == pytest.approx(-1, abs=0.02)


def test_the_chance_of_a_step_is_that_of_a_t_test() -> None:
    series = np.array([0.3, 0.31, 0.29, 0.3, 0.32, 0.1, 0.12, 0.11, 0.1, 0.09, 0.1])
    found = truncate(series)
    assert found.cut == 5
    assert found.chance == pytest.approx(float(stats.ttest_ind(series[:5], series[5:]).pvalue))
    assert truncate(np.ones(8)).chance == 1.0


@given(st.lists(st.floats(-10, 10), min_size=6, max_size=60))
def test_mser_always_leaves_five(series: list[float]) -> None:
    found = truncate(np.array(series))
    assert 0 <= found.cut <= len(series) - 5
    assert math.isfinite(found.step)


def test_mser_needs_more_than_five_values() -> None:
    with pytest.raises(ValueError, match="5 must be left"):
        truncate(np.zeros(5))


@pytest.mark.parametrize(
    ("logs", "drifts"),
    [
        ([], False),
        ([0.09], False),
        ([0.11], True),
        ([0.11, 0.12, 0.13], True),
        ([-0.11, -0.12, -0.13], True),
        ([0.4, -0.2, 0.2], False),  # noise: the generations disagree
        ([0.01, 0.02, 0.015], False),
    ],
)
def test_the_halves_of_a_generation_agree(logs: list[float], drifts: bool) -> None:
    assert (drift_of(logs) is not None) == drifts


@pytest.mark.parametrize(
    ("own", "control", "log"),
    [
        ((1.0, 1.5), (0.4, 0.4), math.log(1.5)),
        ((1.0, 1.5), (0.4, 0.6), 0.0),  # both take half as long again
        ((1.0, 1.2), (0.4, 0.6), 0.0),  # both take 0.2 ms more
        ((1.0, 1.3), (0.4, 0.6), 0.0),  # something between the two
        ((1.0, 1.8), (0.4, 0.6), math.log(1.8 / 1.5)),
        ((1.0, 1.0), (0.4, 0.6), math.log(1.0 / 1.2)),
        ((1.0, 0.5), (4.0, 2.0), 0.0),  # half, where 2 ms less would be none
    ],
)
def test_the_control_explains_what_multiplies_or_adds(
    own: tuple[float, float], control: tuple[float, float], log: float
) -> None:
    assert beyond(Halves(*own), Halves(*control)) == pytest.approx(log)


def _change(
    mini: MiniRun, arms: Collection[str], *, inside: bool, factor: float = 1.0, added_ms: float = 0.0
) -> MiniRun:
    """Service times of these arms times `factor` and longer in the later half of each slice or generation."""
    for (_, cycle, arm), (_, rows) in mini.samples.items():
        if arm not in arms:
            continue
        later = rows["due_ns"] >= 150_000_000 if inside else np.full(len(rows["due_ns"]), cycle >= 6)
        service = rows["done_ns"] - rows["sent_ns"]
        changed = service * factor + added_ms * 1e6
        rows["done_ns"] = rows["sent_ns"] + np.where(later, changed, service).astype(np.int64)
    return mini


def _told(mini: MiniRun, tmp_path: Path) -> list[Finding]:
    return list(RULE.check_run(load_run(mini.write(tmp_path))))


def _about(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(found.subject, found.severity, found.refuses) for found in findings]


@pytest.mark.parametrize("inside", [False, True])
def test_a_leak_in_one_arm_refuses_to_compare_that_arm(tmp_path: Path, inside: bool) -> None:
    (finding,) = _told(_change(MiniRun(cycles=12), ["jwt-hs256"], inside=inside, factor=1.5), tmp_path)
    assert _about([finding]) == [("jwt-hs256", "refuse-figure", "latency")]
    assert finding.number == pytest.approx(0.5, abs=0.1)
    assert finding.sentence.endswith("this arm itself fills, leaks or warms up")


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("change", [{"factor": 1.5}, {"added_ms": 0.5}])
def test_a_leak_in_all_arms_marks_every_figure_and_refuses_nothing(
    tmp_path: Path, change: dict[str, float], inside: bool
) -> None:
    (finding,) = _told(_change(MiniRun(cycles=12), ARMS, inside=inside, **change), tmp_path)
    assert _about([finding]) == [("the run", "mark", "latency")]
    assert "4 of 4 arms changes together" in finding.sentence
    assert "the machine drifts, or what all arms share fills, leaks or warms up" in finding.sentence


def test_a_leak_in_the_control_alone_is_the_controls(tmp_path: Path) -> None:
    (finding,) = _told(_change(MiniRun(cycles=12), ["none"], inside=False, factor=1.5), tmp_path)
    assert _about([finding]) == [("none", "refuse-figure", "latency")]
    assert "that of the other arms in the same cycles by" in finding.sentence


def test_an_arm_that_leaks_while_all_drift_is_told_beside_the_drift(tmp_path: Path) -> None:
    mini = _change(MiniRun(cycles=12), ARMS, inside=False, factor=1.3)
    findings = _told(_change(mini, ["jwt-hs256"], inside=False, factor=1.5), tmp_path)
    assert _about(findings) == [("jwt-hs256", "refuse-figure", "latency"), ("the run", "mark", "latency")]


def test_an_arm_that_slows_down_cycle_by_cycle_is_refused_whatever_test_sees_it_first(tmp_path: Path) -> None:
    mini = MiniRun(generations=1, cycles=12)
    for (_, cycle, arm), (_, rows) in mini.samples.items():
        if arm == "jwt-hs256":
            rows["done_ns"] += (rows["done_ns"] - rows["sent_ns"]) * cycle // 4
        if arm == "none":  # and the control's times are restless
            rows["done_ns"] += (rows["done_ns"] - rows["sent_ns"]) * (cycle % 3) // 2
    findings = _told(mini, tmp_path)
    assert ("jwt-hs256", "refuse-figure", "latency") in _about(findings)
    assert [finding.subject for finding in findings].count("jwt-hs256") == 1


@pytest.mark.parametrize(("generations", "arms"), [(3, 5), (5, 5), (10, 8)])
def test_chance_accuses_an_arm_in_at_most_one_run_of_twenty(generations: int, arms: int) -> None:
    """What short runs had: halves of a generation that differ by a tenth in each arm, and in all arms."""
    source = np.random.default_rng(generations)
    accused = 0
    for _ in range(300):
        shared = source.normal(0, 0.1, generations)
        medians = {
            f"arm {arm}": {
                g: Halves(1.0, math.exp(shared[g] + source.normal(0, 0.1))) for g in range(generations)
            }
            for arm in range(arms)
        }
        told = RULE.check_drifts(drifts_of(medians, drift_of, "from here to there"))
        accused += any(found.severity == "refuse-figure" for found in told)
    assert accused <= 15


def test_a_steady_run_and_slices_that_begin_slowly_are_no_offence(tmp_path: Path) -> None:
    assert _told(MiniRun(run_id="a", cycles=12), tmp_path) == []
    assert _told(_change(MiniRun(run_id="b", cycles=12), ARMS, inside=True, factor=0.7), tmp_path) == []


def test_a_transient_may_not_be_half_of_a_generation(tmp_path: Path) -> None:
    for first, told in ((0, False), (8, True)):
        mini = MiniRun(run_id=f"t{first}", cycles=14)
        for (_, cycle, arm), (_, rows) in mini.samples.items():
            if arm == "jwt-hs256" and cycle < first:
                rows["done_ns"] += (rows["done_ns"] - rows["sent_ns"]) // 2
        found = truncations(_rows(load_run(mini.write(tmp_path))))
        assert (found["jwt-hs256"].apart > 0.5) == told
        assert (found["jwt-hs256"].own is not None) == told
        assert found["session-redis"].own is None


def _rows(run: RunData) -> dict[str, pd.DataFrame]:
    found = {}
    for arm in run.arms:
        rows = run.rows.of_arm(arm)
        found[arm] = rows.assign(service_ns=rows["done_ns"] - rows["sent_ns"])
    return found


def test_a_closed_loop_has_no_latency_to_refuse(tmp_path: Path) -> None:
    mini = MiniRun(cycles=12, workload=READ.model_copy(update={"loop": "closed"}))
    assert _told(_change(mini, ["jwt-hs256"], inside=False, factor=1.5), tmp_path) == []
