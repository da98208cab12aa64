"""CPU time of another process, ended threads included."""

import os
import subprocess
import sys

import pytest

from loadtests.harness.telemetry.cpu_clock import Processes, process_cpu_ns, run_queue_wait_ns

_BURN = """
import sys, threading, time
def burn():
    start = time.thread_time_ns()
    while time.thread_time_ns() - start < 50_000_000:
        pass
thread = threading.Thread(target=burn)
thread.start()
thread.join()
print("burnt", flush=True)
sys.stdin.read()
"""


def test_it_counts_threads_that_have_ended() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert process_cpu_ns(process.pid) >= 50_000_000
        assert process.stdin is not None
        process.stdin.close()


def test_it_never_runs_backwards_and_is_of_the_process_asked() -> None:
    first = process_cpu_ns(os.getpid())
    sum(range(10_000))
    assert process_cpu_ns(os.getpid()) > first


def test_no_such_process() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    with pytest.raises(OSError, match="Invalid argument"):
        process_cpu_ns(process.pid)
    assert run_queue_wait_ns(process.pid) is None


def test_run_queue_wait_of_a_living_process() -> None:
    wait = run_queue_wait_ns(os.getpid())
    assert wait is None or wait >= 0


def test_several_processes_are_one_owner_of_cpu_time() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as one:
        assert one.stdout is not None
        one.stdout.readline()
        both = Processes([one.pid, os.getpid()])
        assert both.pids() == [one.pid, os.getpid()]
        own_ns = process_cpu_ns(os.getpid())
        assert both.cpu_ns() >= own_ns + 50_000_000
        assert set(os.sched_getaffinity(0)) == set(both.processors())
        wait = both.run_queue_wait_ns()
        assert wait is None or wait >= 0
        one.communicate()
    with pytest.raises(OSError, match="Invalid argument"):
        both.cpu_ns()
    assert set(both.processors()) == set(os.sched_getaffinity(0)), "those of the other, which is there"
