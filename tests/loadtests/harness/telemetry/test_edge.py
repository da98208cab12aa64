"""What is spent between the two edges of a slice."""

import os
from dataclasses import replace

from loadtests.harness.processes.placement import available_processors
from loadtests.harness.telemetry.edge import read_edge


def test_clocks_never_go_back_and_a_missing_store_stays_missing() -> None:
    cpus = tuple(available_processors())
    first = read_edge([os.getpid()], None, cpus)
    sum(range(10_000))
    spent = read_edge([os.getpid()], None, cpus).since(first)
    assert spent.app_cpu_ns > 0
    assert spent.harness_cpu_ns > 0
    assert spent.store_cpu_ns is None
    assert set(spent.busy_ns) == set(spent.steal) == set(cpus)


def test_a_wall_clock_that_was_set_shows() -> None:
    edge = read_edge([os.getpid()], os.getpid(), (0,))
    stepped = replace(edge, wall_minus_monotonic_ns=edge.wall_minus_monotonic_ns + 3_600_000_000_000)
    assert stepped.since(edge).clock_step_ns == 3_600_000_000_000
    assert stepped.since(edge).store_cpu_ns == 0
