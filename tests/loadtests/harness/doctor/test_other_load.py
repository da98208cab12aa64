import pytest

from loadtests.harness.doctor.other_load import judge_other_processes, judge_pressure, judge_steal
from loadtests.harness.telemetry.other_processes import BusyProcess


@pytest.mark.parametrize(
    ("shares", "level"),
    [({0: 0.0, 1: 0.0}, "good"), ({0: 0.0, 1: 0.05}, "note"), ({0: 0.06, 1: 0.0}, "warning"), ({}, "good")],
)
def test_the_worst_processor_counts(shares: dict[int, float], level: str) -> None:
    assert judge_steal(shares).level == level


@pytest.mark.parametrize(
    ("pressure", "load", "level"),
    [(0.10, 9.0, "good"), (0.11, 0.0, "warning"), (None, 1.0, "good"), (None, 1.1, "warning")],
)
def test_without_pressure_figures_the_load_average_decides(
    pressure: float | None, load: float, level: str
) -> None:
    finding = judge_pressure(pressure, load, 2)
    assert finding.level == level
    assert bool(finding.advice) == (level == "warning")


def test_busy_processes_are_named_but_only_the_first_three() -> None:
    busy = [BusyProcess(10 + n, f"p{n}", 0.1) for n in range(5)]
    finding = judge_other_processes(busy)
    assert finding.level == "warning"
    assert "50% of one processor" in finding.found
    assert "p2 (pid 12) 10%" in finding.found
    assert "p3" not in finding.found
    assert judge_other_processes(busy[:1]).level == "note"
    assert judge_other_processes([]).level == "good"
