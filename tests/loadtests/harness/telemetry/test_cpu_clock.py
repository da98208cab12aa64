"""CPU time of another process, ended threads included."""

import os
import subprocess
import sys

import pytest

from loadtests.harness.telemetry.cpu_clock import Family, Processes, process_cpu_ns, run_queue_wait_ns

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


def test_a_family_has_what_its_children_spent_even_those_that_have_ended() -> None:
    """The child ends only when it has used 100 ms of a processor."""
    spin = "import time\nwhile time.process_time() < 0.1: pass"
    living = f"import sys\n{spin}\nprint(flush=True)\nsys.stdin.read()"
    before_ns = Family([os.getpid()]).cpu_ns()
    subprocess.run([sys.executable, "-c", spin], check=True)
    ended_ns = Family([os.getpid()]).cpu_ns()
    assert ended_ns - before_ns >= 80_000_000
    with subprocess.Popen(
        [sys.executable, "-c", living], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        living_ns = Family([os.getpid(), child.pid]).cpu_ns()
        assert living_ns - ended_ns >= 80_000_000
        # One that is named and a child as well is counted once.
        assert Family([os.getpid()]).cpu_ns() >= living_ns
    assert Family([os.getpid()]).cpu_ns() >= living_ns - 20_000_000, "it is known in steps of 10 ms then"


def test_a_family_whose_parent_is_gone_is_an_error() -> None:
    with pytest.raises(OSError, match="not found"):
        Family([2**22 - 1]).cpu_ns()


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
