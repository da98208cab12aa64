"""Who used a processor between two readings."""

import os
import subprocess
import sys

from loadtests.harness.telemetry.other_processes import BusyProcess, CpuUse, busiest, read_cpu_use


def test_the_busiest_first_and_idle_ones_not_at_all() -> None:
    before = {1: CpuUse("a", 1.0, 10.0), 2: CpuUse("b", 5.0, 10.0), 3: CpuUse("c", 2.0, 10.0)}
    after = {1: CpuUse("a", 1.5, 10.0), 2: CpuUse("b", 5.0, 10.0), 3: CpuUse("c", 4.0, 10.0)}
    assert busiest(before, after, 2.0) == [BusyProcess(3, "c", 1.0), BusyProcess(1, "a", 0.25)]


def test_a_number_taken_over_by_another_process_counts_from_its_beginning() -> None:
    before = {1: CpuUse("old", 9.0, 10.0)}
    after = {1: CpuUse("new", 0.5, 99.0), 2: CpuUse("fresh", 1.0, 99.0)}
    assert busiest(before, after, 1.0) == [BusyProcess(2, "fresh", 1.0), BusyProcess(1, "new", 0.5)]


def test_a_real_process_is_seen_working_and_this_one_is_not() -> None:
    code = (
        "import sys, time\nwhile time.process_time() < 0.2: pass\nprint('done', flush=True)\nsys.stdin.read()"
    )
    before = read_cpu_use()  # it may be done before this process has its next turn
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        busy = {one.pid: one.processors for one in busiest(before, read_cpu_use(), 1.0)}
        assert process.stdin is not None
        process.stdin.close()
    assert busy[process.pid] > 0
    assert os.getpid() not in busy
