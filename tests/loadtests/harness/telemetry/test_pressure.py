"""Pressure stall information, from the kernel's text."""

from loadtests.harness.telemetry.pressure import parse_some_avg10, read_cpu_pressure


def test_the_share_of_some_over_ten_seconds() -> None:
    text = "some avg10=12.50 avg60=1.00 avg300=0.10 total=5\nfull avg10=3.00 avg60=0.00 avg300=0.00 total=0\n"
    assert parse_some_avg10(text) == 0.125


def test_a_kernel_without_it() -> None:
    assert parse_some_avg10("") is None
    assert parse_some_avg10("full avg10=3.00\n") is None


def test_this_machine() -> None:
    share = read_cpu_pressure()
    assert share is None or 0 <= share <= 1
