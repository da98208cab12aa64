"""Every reading in the folder: found, recorded under its name, and right about what is known."""

import os
import time

import pytest

from authbench.contracts.records import SliceRecord
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.telemetry.cpu_clock import Processes
from loadtests.harness.telemetry.reading import Observed, Telemetry
from loadtests.harness.telemetry.readings import busy, find_readings
from loadtests.harness.telemetry.readings.busy import Busy
from loadtests.harness.telemetry.readings.clock_step import ClockStep
from loadtests.harness.telemetry.readings.steal import Steal

CPUS = sorted(available_processors())
ME = Observed(Processes([os.getpid()]), None, [], CPUS)


def test_every_reading_fills_a_field_of_a_slice() -> None:
    names = [reading.name for reading in find_readings()]
    assert set(names) <= set(SliceRecord.model_fields)
    assert {"app_cpu_ns", "store_cpu_ns", "harness_cpu_ns", "busy_ns", "steal", "clock_step_ns"} <= set(names)


def test_clocks_never_go_back_and_a_missing_store_stays_missing() -> None:
    telemetry = Telemetry(find_readings(), ME)
    sum(range(10_000))
    spent = telemetry.since_start()
    assert spent["app_cpu_ns"] > 0
    assert spent["harness_cpu_ns"] > 0
    assert spent["store_cpu_ns"] is None
    assert set(spent["busy_ns"]) == set(spent["steal"]) == set(CPUS)


def test_a_process_that_is_gone_is_an_error() -> None:
    with pytest.raises(OSError, match="Invalid argument"):
        Telemetry(find_readings(), Observed(Processes([2**22 - 1]), None, [], CPUS))


def test_a_wall_clock_that_was_set_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    step = ClockStep()
    before = step.read(ME)
    now_ns = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now_ns() + 3_600_000_000_000)
    assert step.between(before, step.read(ME)) == pytest.approx(3_600_000_000_000, abs=1e9)


def test_work_counts_and_waiting_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    spent = {0: dict(zip(kinds, (60, 1, 20, 500, 7, 3, 4, 8), strict=True))}
    monkeypatch.setattr(busy, "read_processor_ns", lambda _: spent)
    assert Busy().read(ME) == {0: 88}
    assert Busy().between({0: 5, 1: 7}, {0: 9, 1: 7}) == {0: 4, 1: 0}


def test_steal_is_a_share_of_wall_time_per_processor() -> None:
    before, after = (0, {0: 100, 1: 50}), (4_000, {0: 1_100, 1: 50})
    assert Steal().between(before, after) == {0: 0.25, 1: 0.0}
    assert Steal().between(before, before) == {0: 0.0, 1: 0.0}
