import pytest

from loadtests.harness.doctor.clocks import (
    judge_clock,
    judge_process_clocks,
    judge_run_queue,
    judge_wake_ups,
)
from loadtests.harness.telemetry.clock_source import MonotonicClock


@pytest.mark.parametrize(
    ("source", "resolution_ns", "level"),
    [
        ("tsc", 1, "good"),
        ("kvm-clock", 1, "good"),
        ("", 1, "good"),
        ("acpi_pm", 1, "warning"),
        ("tsc", 4e6, "warning"),
    ],
)
def test_slow_or_coarse_sources_are_told(source: str, resolution_ns: float, level: str) -> None:
    assert judge_clock(MonotonicClock(source, resolution_ns, 50)).level == level


@pytest.mark.parametrize(("cpu_ns", "level"), [(1, "good"), (0, "unfit"), (None, "unfit")])
def test_without_cpu_clocks_there_is_nothing_to_measure(cpu_ns: int | None, level: str) -> None:
    assert judge_process_clocks(cpu_ns).level == level


def test_a_run_queue_that_cannot_be_read_is_worth_a_note() -> None:
    assert judge_run_queue(0).level == "good"
    assert judge_run_queue(None).level == "note"


@pytest.mark.parametrize(
    ("late_ms", "level"),
    [([0.1] * 200, "good"), ([0.6] * 200, "note"), ([0.1] * 190 + [3.0] * 10, "warning")],
)
def test_late_wake_ups(late_ms: list[float], level: str) -> None:
    assert judge_wake_ups([round(value * 1e6) for value in late_ms], 200).level == level


def test_alarms_that_do_not_ring_make_it_unfit() -> None:
    finding = judge_wake_ups((), 200, "no timerfd")
    assert (finding.level, finding.found) == ("unfit", "0 of 200 timerfd alarms rang: no timerfd")
    assert judge_wake_ups([1], 200).level == "unfit"
