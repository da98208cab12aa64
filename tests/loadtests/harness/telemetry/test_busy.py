"""Busy time of processors from /proc/stat."""

from loadtests.harness.processes.placement import available_processors
from loadtests.harness.telemetry.busy import busy_between, parse_busy_ns, read_busy_ns

_STAT = """cpu  100 0 50 1000 7 0 18 8 0 0
cpu0 60 1 20 500 7 3 4 8 5 0
cpu1 40 0 30 500 0 0 14 0 0 0
intr 12345
"""


def test_work_counts_and_waiting_does_not() -> None:
    assert parse_busy_ns(_STAT, [0, 1], 100) == {0: 880_000_000, 1: 840_000_000}
    assert parse_busy_ns(_STAT, [1, 7], 100) == {1: 840_000_000}


def test_between_two_readings() -> None:
    assert busy_between({0: 5, 1: 7}, {0: 9, 1: 7}) == {0: 4, 1: 0}


def test_this_machine_has_worked() -> None:
    cpus = available_processors()
    assert set(read_busy_ns(cpus)) == cpus
    assert sum(read_busy_ns(cpus).values()) > 0
