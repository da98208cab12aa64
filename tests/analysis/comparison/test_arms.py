import math
from pathlib import Path

import numpy as np
import pytest

from analysis.comparison.arms import compare, decide, paired
from analysis.data.run import load_run
from analysis.statistics.noise_floor import NoiseFloor
from tests.analysis.build_run import MiniRun

FLOOR = NoiseFloor(0.02, 1, "the twin")


def _logs(center: float, spread: float) -> dict[int, np.ndarray]:
    steps = np.linspace(-spread, spread, 8)
    return {generation: center + steps + 0.0001 * generation for generation in range(5)}


@pytest.mark.parametrize(
    ("center", "spread", "verdict"),
    [
        (0.10, 0.01, "slower"),
        (-0.10, 0.01, "faster"),
        (0.015, 0.001, "equivalent"),
        (0.0, 0.5, "inconclusive"),
    ],
)
def test_verdicts(center: float, spread: float, verdict: str) -> None:
    assert decide(_logs(center, spread), FLOOR, 0.05, ranks=True) == verdict


def test_a_clear_difference_within_the_noise_floor_is_none() -> None:
    """The interval excludes 1, identical arms differ by as much, and the margin is narrower than that."""
    assert decide(_logs(0.015, 0.001), FLOOR, 0.01, ranks=True) == "below-noise-floor"


def test_no_difference_is_never_claimed_from_a_wide_interval() -> None:
    assert decide({0: np.array([0.2, -0.2, 0.01])}, FLOOR, 0.05, ranks=True) == "inconclusive"


def test_a_mean_carried_by_a_few_cycles_is_inconclusive() -> None:
    """t excludes 1; the ranks alone, with one of six cycles against it, do not."""
    logs = {0: np.array([0.12, 0.11, -0.001]), 1: np.array([0.07, 0.08, 0.079])}
    assert decide(logs, FLOOR, 0.05, ranks=False) == "slower"
    assert decide(logs, FLOOR, 0.05, ranks=True) == "inconclusive"


def test_one_generation_gives_no_verdict_however_clear() -> None:
    assert decide({0: np.full(20, 0.3) + np.arange(20) / 1e4}, FLOOR, 0.05, ranks=True) == "inconclusive"


def test_cpu_is_paired_by_cycle_and_has_a_difference_in_microseconds(tmp_path: Path) -> None:
    run = load_run(MiniRun(generations=5, noise=0.005).write(tmp_path))
    found = compare(run, "cpu_total_us", "session-redis", "jwt-hs256", floor=FLOOR)
    assert found.ratio == pytest.approx(730 / 602, rel=0.01)
    assert found.difference == pytest.approx(128, abs=6)
    assert (found.cycles, found.generations, found.verdict) == (20, 5, "slower")


def test_latency_has_generations_as_replicates(tmp_path: Path) -> None:
    run = load_run(MiniRun(generations=5).write(tmp_path))
    found = compare(run, "service_p50_ms", "jwt-hs256", "session-redis", floor=FLOOR)
    assert (found.cycles, found.generations, found.verdict) == (5, 5, "faster")
    assert found.ratio == pytest.approx(0.75, rel=0.05)


def test_a_percentile_the_sample_cannot_carry_is_not_compared(tmp_path: Path) -> None:
    run = load_run(MiniRun().write(tmp_path))
    found = compare(run, "service_p99_ms", "jwt-hs256", "session-redis", floor=FLOOR)
    assert found.ratio is None
    assert found.verdict == "inconclusive"
    assert "1000 are needed" in (found.refused_because or "")


def test_store_cpu_is_compared_only_where_both_have_a_store(tmp_path: Path) -> None:
    run = load_run(MiniRun().write(tmp_path))
    assert paired(run, "cpu_store_us", "session-redis", "jwt-hs256") == "jwt-hs256 has no store"
    both = compare(run, "cpu_store_us", "session-redis", "session-redis (twin)", floor=FLOOR)
    assert both.ratio == pytest.approx(1, abs=0.05)


def test_an_unreadable_store_leaves_only_the_applications_cpu(tmp_path: Path) -> None:
    mini = MiniRun()
    for arm in mini.manifest["cards"]:
        mini.change_every(arm, store_cpu_ns=None)
    run = load_run(mini.write(tmp_path))
    total = compare(run, "cpu_total_us", "session-redis", "jwt-hs256", floor=FLOOR)
    app = compare(run, "cpu_app_us", "session-redis", "jwt-hs256", floor=FLOOR)
    assert total.ratio is None
    assert app.ratio == pytest.approx(700 / 600, rel=0.02)


def test_without_a_noise_floor_there_is_no_figure(tmp_path: Path) -> None:
    run = load_run(MiniRun().write(tmp_path))
    assert compare(run, "cpu_total_us", "jwt-hs256", "none", floor=None).ratio is None


def test_equal_arms_in_one_cycle_keep_finite_numbers(tmp_path: Path) -> None:
    """One cycle has no interval: it must not reach JSON as infinity."""
    run = load_run(MiniRun(generations=1, cycles=1).write(tmp_path))
    found = compare(run, "cpu_total_us", "jwt-hs256", "none", floor=FLOOR)
    assert found.high is None
    assert found.verdict == "inconclusive"
    assert all(v is None or math.isfinite(v) for v in (found.low, found.difference_low, found.ratio))


def test_a_p99_is_compared_from_five_generations_on(tmp_path: Path) -> None:
    for generations, compared in ((4, False), (5, True)):
        mini = MiniRun(run_id=f"g{generations}", generations=generations, cycles=1, requests=1000)
        run = load_run(mini.write(tmp_path))
        found = compare(run, "service_p99_ms", "session-redis", "jwt-hs256", floor=FLOOR)
        assert (found.ratio is not None) == compared
        if not compared:
            assert found.refused_because == (
                "described, not judged: 4 of the 5 generations needed carry a p99"
            )


def test_a_generation_with_too_few_requests_leaves_the_others_their_p99(tmp_path: Path) -> None:
    mini = MiniRun(generations=6, cycles=1, requests=1000)
    mini.give_up("jwt-hs256", 2, 0)
    run = load_run(mini.write(tmp_path))
    found = compare(run, "service_p99_ms", "session-redis", "jwt-hs256", floor=FLOOR)
    assert (found.generations, found.verdict) == (5, "slower")


def test_replicates_are_cycles_or_generations_and_never_requests(tmp_path: Path) -> None:
    """Requests as replicates find differences between identical systems (Abedi & Brecht, ICPE 2017)."""
    mini = MiniRun(generations=3, cycles=5, requests=120)
    mini.give_up("jwt-hs256", 1, 1)
    run = load_run(mini.write(tmp_path))
    for metric, replicates in (("cpu_total_us", 14), ("cpu_app_us", 14), ("service_p50_ms", 3)):
        found = compare(run, metric, "session-redis", "none", floor=FLOOR)  # type: ignore[arg-type]
        assert (found.cycles, found.generations) == (replicates, 3)
