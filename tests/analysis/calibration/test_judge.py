from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.calibration.judge import judge_calibration
from analysis.data.run import load_run
from analysis.records.calibration import CalibrationSummary
from authbench.contracts.calibration import ClosedRound, NullReadings, OpenRound
from authbench.contracts.failure import Failure
from authbench.contracts.records import SliceRecord
from tests.analysis.build_run import PLANTED, MiniRun

NULL = NullReadings(
    open_rounds=[
        OpenRound(
            rate_rps=1000.0,
            duration_s=1.0,
            service_ns=list(range(60_000, 80_000, 20)),
            lateness_ns=list(range(20_000, 40_000, 20)),
        )
    ],
    closed_rounds=[
        ClosedRound(connections=64, duration_s=1.0, completed=count, generator_cpu_ns=10**9)
        for count in (49_000, 50_000, 51_000)
    ],
)


def _mini(**changes: Any) -> MiniRun:
    values: dict[str, Any] = {"generations": 5, "requests": 400, "noise": 0.004, "cycles": 12}
    mini = MiniRun(**{**values, **PLANTED, **changes})
    mini.manifest["finished_at"] = "2026-11-20T10:05:00+00:00"
    return mini


def _judged(mini: MiniRun, folder: Path) -> CalibrationSummary:
    return judge_calibration(load_run(mini.write(folder)), NULL)


def test_what_was_planted_is_found_again(tmp_path: Path) -> None:
    found = _judged(_mini(), tmp_path)
    assert found.passed, found.reasons
    assert [effect.planted for effect in found.planted] == [25, 100, 1]
    assert all(effect.found and effect.seen for effect in found.planted)
    for effect in found.planted:
        assert effect.recovered.value == pytest.approx(effect.planted, rel=0.15)
    assert not any(one.verdict for one in found.identical)
    metrics = {one.metric for one in found.identical}
    assert {"cpu_total_us", "cpu_app_us", "service_p50_ms", "service_p99_ms"} <= metrics
    assert (found.seconds, found.host) == (300.0, "h1")


def test_planted_cpu_takes_the_throughput_that_arithmetic_says(tmp_path: Path) -> None:
    found = _judged(_mini(saturated_cycles=4), tmp_path)
    assert found.passed, found.reasons
    assert [effect.planted_us for effect in found.throughput] == [25, 100]
    for effect in found.throughput:
        expected = 400 / (400 + effect.planted_us)
        assert effect.found
        assert effect.predicted == pytest.approx(expected, rel=0.005)
        low, value, high = (getattr(effect.recovered, name) for name in ("low", "value", "high"))
        assert value == pytest.approx(expected, rel=0.01)
        assert low < expected < high
        assert effect.control_us.value == pytest.approx(400, rel=0.01)
    assert {"throughput_rps"} <= {one.metric for one in found.identical}
    assert "throughput_rps" not in found.visible


def test_throughput_that_is_not_lost_is_missed(tmp_path: Path) -> None:
    """The arm's counts and clocks agree with each other, and not with what was planted."""
    mini = _mini(saturated_cycles=4)

    def unspent(own: SliceRecord) -> dict[str, Any]:
        more = round(own.user_completed * 1.2)
        counts = ("scheduled", "sent", "completed", "accepted", "user_completed", "server_requests")
        return dict.fromkeys(counts, more)

    mini.change_saturated("cpu +100 us", unspent)
    found = _judged(mini, tmp_path)
    assert not found.passed
    assert [effect.found for effect in found.throughput] == [True, False]
    assert "should serve 0.80" in found.reasons[0]


def test_a_throughput_that_is_a_lower_bound_is_not_judged(tmp_path: Path) -> None:
    mini = _mini(saturated_cycles=4)
    mini.change_saturated("cpu +100 us", lambda own: {"generator_busiest_ns": own.window_ns})
    found = _judged(mini, tmp_path)
    assert found.passed
    assert [effect.found for effect in found.throughput] == [True, None]
    assert found.throughput[1].recovered.value is not None, "it is described all the same"


def test_a_ratio_too_wide_to_mean_anything_is_not_judged(tmp_path: Path) -> None:
    found = _judged(_mini(saturated_cycles=2, noise=0.3), tmp_path)
    assert [effect.found for effect in found.throughput] == [None, None]
    assert {effect.not_judged for effect in found.throughput} == {"the interval is too wide"}
    assert not [reason for reason in found.reasons if "should serve" in reason]


def test_a_calibration_that_saturated_nothing_says_nothing_of_throughput(tmp_path: Path) -> None:
    found = _judged(_mini(), tmp_path)
    assert found.throughput == []
    assert "throughput_rps" not in {one.metric for one in found.identical}


def test_a_saturated_cycle_without_both_arms_tells_nothing(tmp_path: Path) -> None:
    mini = _mini(saturated_cycles=1)
    mini.slices = [
        judged.model_copy(update={"void_because": ["V01"]})
        if judged.measured.purpose == "saturated" and judged.measured.arm == "none"
        else judged
        for judged in mini.slices
    ]
    found = _judged(mini, tmp_path)
    assert [effect.found for effect in found.throughput] == [None, None]
    assert found.throughput[0].recovered.reason


def test_what_the_generator_does_alone(tmp_path: Path) -> None:
    found = _judged(_mini(), tmp_path)
    assert found.floor_ms["p50"].value == pytest.approx(0.07, abs=0.001)
    assert found.lateness_ms["p50"].value == pytest.approx(0.02)
    assert found.ceiling_rps.value == pytest.approx(50_000)
    assert found.ceiling_rps.low is not None
    assert found.ceiling_rps.low < 50_000


def test_no_finding_is_smaller_than_what_was_seen(tmp_path: Path) -> None:
    found = _judged(_mini(), tmp_path)
    visible = found.visible["cpu_total_us"]
    assert visible is not None
    assert 0 < visible < 25
    assert found.visible["cpu_store_us"] == visible, "the control has no store: the total's stands for it"
    detectable = [one.cpu_us for one in found.detectable]
    assert [one.minutes for one in found.detectable] == [1, 5, 30]
    assert detectable == sorted(detectable, key=lambda value: -(value or 0))


def test_an_effect_that_is_not_there_is_missed(tmp_path: Path) -> None:
    """The scheme claims 100 us and costs nothing."""
    found = _judged(_mini(factor={"cpu +100 us": 402 / 502}), tmp_path)
    assert not found.passed
    assert [effect.found for effect in found.planted] == [True, False, True]
    assert "100 us of cpu were not recovered" in found.reasons[0]
    assert "is elsewhere" in found.reasons[0]


def test_an_interval_too_wide_to_mean_anything_is_no_recovery(tmp_path: Path) -> None:
    found = _judged(_mini(noise=0.4, generations=2, cycles=3), tmp_path)
    assert not found.passed
    assert not any(effect.found for effect in found.planted if effect.kind == "cpu")
    assert any("is too wide" in reason for reason in found.reasons)
    assert found.visible["cpu_total_us"] is None, "nothing was seen"


def test_a_delay_beyond_the_tolerance_is_no_recovery(tmp_path: Path) -> None:
    mini = _mini()
    for (generation, cycle, arm), (position, rows) in list(mini.samples.items()):
        if arm == "delay 1 ms":
            later = {**rows, "done_ns": rows["done_ns"] + 200_000}
            mini.samples[generation, cycle, arm] = (position, later)
    found = _judged(mini, tmp_path)
    assert [effect.found for effect in found.planted] == [True, True, False]
    assert found.visible["service_p50_ms"] is None


def test_identical_arms_that_differ_are_told(tmp_path: Path) -> None:
    found = _judged(_mini(factor={"none (twin)": 1.03}), tmp_path)
    assert not found.passed
    assert {one.metric for one in found.identical if one.verdict} == {"cpu_total_us", "cpu_app_us"}
    assert any("told apart in cpu_total_us" in reason for reason in found.reasons)


def test_sound_instruments_seldom_fail(tmp_path: Path) -> None:
    """All intervals together hold at 95 %, so of 20 sound calibrations at most a handful may fail."""
    failed = 0
    for seed in range(20):
        mini = _mini(seed=seed, run_id=f"r{seed}", cycles=4, requests=100, noise=0.01)
        found = _judged(mini, tmp_path)
        failed += any(one.verdict for one in found.identical if one.metric.startswith("cpu_total"))
        failed += not all(effect.found for effect in found.planted if effect.kind == "cpu")
    assert failed <= 5


def test_a_metric_the_identical_arms_have_no_figure_in_says_why(tmp_path: Path) -> None:
    found = _judged(_mini(requests=40, cycles=4), tmp_path)
    (p99,) = (one for one in found.identical if one.metric == "service_p99_ms")
    assert p99.difference.value is None
    assert "1000 are needed" in (p99.difference.reason or "")
    assert not p99.verdict
    assert found.visible["service_p99_ms"] == found.visible["service_p50_ms"]


def test_a_run_in_which_nothing_is_planted_calibrates_nothing(tmp_path: Path) -> None:
    run = load_run(MiniRun(generations=5).write(tmp_path))
    with pytest.raises(Failure, match="no arm of it has a planted effect"):
        judge_calibration(run, NULL)


def test_a_generator_whose_cpu_is_not_readable_has_no_ceiling(tmp_path: Path) -> None:
    run = load_run(_mini(cycles=2).write(tmp_path))
    closed = [ClosedRound(connections=64, duration_s=1.0, completed=5, generator_cpu_ns=0)]
    found = judge_calibration(run, NULL.model_copy(update={"closed_rounds": closed}))
    assert found.ceiling_rps.value is None
    assert np.isfinite(found.floor_ms["p99"].value or np.nan)
