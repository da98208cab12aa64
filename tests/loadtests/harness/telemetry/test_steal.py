"""Steal per processor, from the kernel's text."""

import os

from loadtests.harness.telemetry.steal import parse_steal, read_steal, steal_share

_STAT = "cpu  1 2 3 4 5 6 7 {a} 0 0\ncpu0 1 2 3 4 5 6 7 {a} 0 0\ncpu1 1 2 3 4 5 6 7 {b} 0 0\nintr 5\n"


def test_share_of_wall_time_per_processor() -> None:
    ticks_per_s = os.sysconf("SC_CLK_TCK")
    before = parse_steal(_STAT.format(a=100, b=50), [0, 1], at_ns=0)
    after = parse_steal(_STAT.format(a=100 + ticks_per_s, b=50), [0, 1], at_ns=4_000_000_000)
    assert steal_share(before, after) == {0: 0.25, 1: 0.0}


def test_the_kernel_of_this_machine_can_be_read() -> None:
    cpu = min(os.sched_getaffinity(0))
    assert set(read_steal([cpu], 0).ticks) == {cpu}
