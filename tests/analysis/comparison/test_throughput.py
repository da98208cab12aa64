from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.comparison.arms import compare, decide, paired
from analysis.data.run import RunData, load_run
from analysis.records.summary import Comparison
from analysis.statistics.noise_floor import NoiseFloor
from analysis.summary.judged_run import judge_run
from tests.analysis.build_run import MiniRun
from tests.analysis.calibration.make_calibration import make_calibration

FLOOR = NoiseFloor(0.02, 1, "the twin")
A, B, TWIN = "session-redis", "jwt-hs256", "session-redis (twin)"
_OPPOSITE = {"slower": "faster", "faster": "slower"}


def _run(mini: MiniRun, folder: Path) -> RunData:
    return load_run(mini.write(folder))


def _judged(mini: MiniRun, folder: Path, a: str = A, b: str = B) -> Comparison:
    return judge_run(_run(mini, folder)).compare(a, b, "throughput_rps")


def test_the_dearer_arm_serves_fewer_requests(tmp_path: Path) -> None:
    found = compare(
        _run(MiniRun(generations=5, saturated_cycles=3, noise=0.005), tmp_path),
        "throughput_rps",
        A,
        B,
        floor=FLOOR,
    )
    assert found.ratio == pytest.approx(600 / 700, rel=0.01)
    assert found.difference == pytest.approx(0.99e6 / 700 - 0.99e6 / 600, rel=0.05)
    assert (found.cycles, found.generations, found.verdict) == (15, 5, "slower")


def test_verdict_turns_with_the_arms(tmp_path: Path) -> None:
    run = _run(MiniRun(generations=5, saturated_cycles=3, noise=0.005), tmp_path)
    assert compare(run, "throughput_rps", B, A, floor=FLOOR).verdict == "faster"


@given(center=st.floats(-0.5, 0.5), spread=st.floats(0.001, 0.3))
def test_more_is_better_only_turns_the_sign(center: float, spread: float) -> None:
    steps = np.linspace(-spread, spread, 6)
    logs = dict.fromkeys(range(5), center + steps)
    less = decide(logs, FLOOR, 0.05, ranks=True)
    more = decide(logs, FLOOR, 0.05, ranks=True, more_is_better=True)
    assert more == _OPPOSITE.get(less, less)


def test_nothing_saturated_is_no_comparison(tmp_path: Path) -> None:
    assert paired(_run(MiniRun(), tmp_path), "throughput_rps", A, B) == "nothing was saturated"


def test_cycles_that_are_not_whole_are_left_out(tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=1)
    for generation in range(2):
        place = mini.find("none", generation, 4)
        mini.slices[place] = mini.slices[place].model_copy(update={"void_because": ["V01"]})
    said = paired(_run(mini, tmp_path), "throughput_rps", A, B)
    assert said == "no saturated cycle has this figure for both arms"


def test_the_twin_is_the_noise_floor_of_throughput_too(tmp_path: Path) -> None:
    found = _judged(MiniRun(generations=5, saturated_cycles=3, noise=0.005), tmp_path)
    assert found.verdict == "slower"
    assert found.noise_floor is not None
    assert 0 < found.noise_floor < 0.05


def test_a_lower_bound_is_not_compared(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, saturated_cycles=3)
    mini.change_saturated(B, lambda own: {"generator_busiest_ns": round(own.window_ns * 0.9)})
    for a, b in ((A, B), (B, A)):
        found = _judged(mini, tmp_path / a, a, b)
        assert found.ratio is None
        assert found.refused_because
        assert "lower bound" in found.refused_because
    cost = judge_run(_run(mini, tmp_path / "cost")).compare(A, B, "cpu_total_us")
    assert cost.verdict == "slower", "cost does not depend on it"


def test_a_calibration_hides_no_difference_in_throughput(tmp_path: Path) -> None:
    """What planted CPU and delays show says nothing of how many requests/s can be told apart."""
    run = _run(MiniRun(generations=5, saturated_cycles=3, noise=0.005), tmp_path)
    blind = make_calibration(cpu_us=None, latency_ms=None)
    found = judge_run(run, calibration=blind)
    assert found.compare(A, B, "throughput_rps").verdict == "slower"
    assert found.compare(A, B, "throughput_rps").visible is None
    assert found.compare(A, B, "cpu_total_us").ratio is None


def test_a_twin_that_is_a_lower_bound_is_no_noise_floor(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, saturated_cycles=3)
    mini.change_saturated(TWIN, lambda own: {"generator_busiest_ns": round(own.window_ns * 0.9)})
    assert "lower bound" in (_judged(mini, tmp_path, B, "none").refused_because or "")


def test_twins_that_differ_in_throughput_refuse_its_comparisons_alone(tmp_path: Path) -> None:
    mini = MiniRun(generations=5, saturated_cycles=4, noise=0.002)
    mini.change_saturated(
        TWIN,
        lambda own: {name: round(getattr(own, name) * 0.9) for name in ("user_completed",)},
    )
    run = judge_run(_run(mini, tmp_path))
    assert run.reasons == []
    assert "identical arms" in (run.compare(A, B, "throughput_rps").refused_because or "")
    assert run.compare(A, B, "cpu_total_us").verdict == "slower"
