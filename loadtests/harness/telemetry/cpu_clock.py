import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import psutil


def process_cpu_ns(pid: int) -> int:
    """CPU time process `pid` has used so far, threads that have ended included.

    The clock id of a process's CPU clock is made from its pid: clock_getcpuclockid(3), CPUCLOCK_SCHED.
    Summing /proc/PID/task/*/schedstat instead loses the time of every thread that has finished.
    Raises OSError when there is no such process.
    """
    return time.clock_gettime_ns((~pid << 3) | 2)


def family_cpu_ns(pids: Collection[int]) -> int:
    """CPU time that these processes and all their children have used so far, those that have ended included.

    PostgreSQL has a process for each connection. Of those that have ended the kernel keeps the sum at whoever
    waited for them, and tells it in steps of 10 ms: proc_pid_stat(5), cutime and cstime. Raises OSError when
    one of `pids` itself is gone.
    """
    spent_ns = 0
    try:
        named = [psutil.Process(pid) for pid in pids]
        family = {each.pid: each for process in named for each in process.children(recursive=True)}
    except psutil.NoSuchProcess as error:
        raise OSError(str(error)) from None
    for process in named:
        spent_ns += process_cpu_ns(process.pid) + _ended_ns(process)
    for child in family.values():
        if child.pid not in pids:
            # One that ends now is in the sum of its parent the next time.
            with suppress(OSError, psutil.NoSuchProcess):
                spent_ns += process_cpu_ns(child.pid) + _ended_ns(child)
    return spent_ns


def _ended_ns(process: psutil.Process) -> int:
    """CPU time of the children of a process that have ended."""
    times = process.cpu_times()
    return round((times.children_user + times.children_system) * 1e9)


def run_queue_wait_ns(pid: int) -> int | None:
    """Time the main thread of `pid` was ready but not running: /proc/PID/schedstat, second field.

    None: not readable. Kernels that keep no such statistics show zeros, also as time on the processor.
    """
    try:
        running_ns, waiting_ns = Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[:2]
        return int(waiting_ns) if int(running_ns) else None
    except (OSError, IndexError, ValueError):
        return None
