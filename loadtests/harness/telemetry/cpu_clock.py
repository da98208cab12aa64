import time
from pathlib import Path


def process_cpu_ns(pid: int) -> int:
    """CPU time process `pid` has used so far, threads that have ended included.

    The clock id of a process's CPU clock is made from its pid: clock_getcpuclockid(3), CPUCLOCK_SCHED.
    Summing /proc/PID/task/*/schedstat instead loses the time of every thread that has finished.
    Raises OSError when there is no such process.
    """
    return time.clock_gettime_ns((~pid << 3) | 2)


def run_queue_wait_ns(pid: int) -> int | None:
    """Time the main thread of `pid` was ready but not running: /proc/PID/schedstat, second field.

    None: not readable. Kernels that keep no such statistics show zeros, also as time on the processor.
    """
    try:
        running_ns, waiting_ns = Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[:2]
        return int(waiting_ns) if int(running_ns) else None
    except (OSError, IndexError, ValueError):
        return None
