"""The clock every time of a run is taken from."""

from loadtests.harness.telemetry.clock_source import read_monotonic_clock


def test_this_machine_has_one_that_moves() -> None:
    clock = read_monotonic_clock()
    assert clock.resolution_ns > 0
    assert clock.read_ns >= 0
