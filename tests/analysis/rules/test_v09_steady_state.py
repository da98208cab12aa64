import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.data.run import load_run
from analysis.rules.v09_steady_state import (
    SteadyState,
    Truncation,
    truncate,
)
from tests.analysis.build_run import READ, MiniRun
from tests.analysis.rules.one import one

RULE = SteadyState()


def test_mser_cuts_off_a_transient_and_leaves_a_steady_series_alone() -> None:
    noise = np.random.default_rng(1).normal(0, 0.01, 40)
    assert truncate(noise).cut < 20
    found = truncate(noise + np.where(np.arange(40) < 6, 1.0, 0.0))
    assert found.cut == 6
    assert found.step == pytest.approx(-1, abs=0.02)


@given(st.lists(st.floats(-10, 10), min_size=6, max_size=60))
def test_mser_always_leaves_five(series: list[float]) -> None:
    found = truncate(np.array(series))
    assert 0 <= found.cut <= len(series) - 5
    assert math.isfinite(found.step)


def test_mser_needs_more_than_five_values() -> None:
    with pytest.raises(ValueError, match="5 must be left"):
        truncate(np.zeros(5))


@pytest.mark.parametrize(
    ("cut", "step", "refused"), [(7, 1.0, False), (8, 0.2, True), (8, -0.2, True), (11, 0.05, False)]
)
def test_a_transient_may_not_be_half_of_a_generation(cut: int, step: float, refused: bool) -> None:
    assert bool(list(RULE.check_truncation("an arm", Truncation(cut, 16, step)))) == refused


@pytest.mark.parametrize(
    ("logs", "refused"),
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
def test_the_halves_of_a_generation_agree(logs: list[float], refused: bool) -> None:
    finding = one(RULE.check_halves("an arm", logs))
    assert (finding is not None) == refused
    assert finding is None or finding.refuses == "latency"


def test_only_a_queue_that_grows_is_held_against_an_arm() -> None:
    assert one(RULE.check_queue("an arm", None)) is None
    assert one(RULE.check_queue("an arm", math.log(1.09))) is None
    assert one(RULE.check_queue("an arm", math.log(0.5))) is None
    assert one(RULE.check_queue("an arm", math.log(1.11))) is not None


def _slowed(mini: MiniRun, factor: float, *, inside: bool) -> MiniRun:
    """Service times of one arm times `factor` in the later half, of each slice or of each generation."""
    for (_, cycle, arm), (_, rows) in mini.samples.items():
        if arm != "session-redis":
            continue
        later = rows["due_ns"] >= 150_000_000 if inside else np.full(len(rows["due_ns"]), cycle >= 6)
        service = rows["done_ns"] - rows["sent_ns"]
        rows["done_ns"] = rows["sent_ns"] + np.where(later, service * factor, service).astype(np.int64)
    return mini


def test_a_ramping_delay_refuses_the_latency_of_its_arm(tmp_path: Path) -> None:
    def findings(name: str, factor: float, *, inside: bool) -> list[tuple[str, str]]:
        mini = _slowed(MiniRun(run_id=name, cycles=12), factor, inside=inside)
        return [(found.subject, found.refuses) for found in RULE.check_run(load_run(mini.write(tmp_path)))]

    assert findings("a", 1.0, inside=True) == []
    assert findings("b", 1.5, inside=False) == [("session-redis", "latency")]
    assert findings("c", 1.5, inside=True) == [("session-redis", "latency")]


def test_a_closed_loop_has_no_latency_to_refuse(tmp_path: Path) -> None:
    mini = MiniRun(cycles=12, workload=READ.model_copy(update={"loop": "closed"}))
    assert list(RULE.check_run(load_run(_slowed(mini, 1.5, inside=False).write(tmp_path)))) == []
