"""Clocks of CPU time: of a process, and of whoever else CPU time is read of."""

import contextlib
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path

import psutil


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


class CpuOwner(ABC):
    """Whose CPU time is read: a server, or a store."""

    @abstractmethod
    def cpu_ns(self) -> int:
        """The CPU time that it has used so far. OSError if it is gone, or has begun anew."""

    @abstractmethod
    def pids(self) -> list[int]:
        """Its processes now, as far as they can be seen. OSError if it is gone, or has begun anew."""

    @abstractmethod
    def run_queue_wait_ns(self) -> int | None:
        """Time in which its processes were ready to run and did not run; None: not readable."""

    def processors(self) -> list[int]:
        """The processors that its processes may use now. OSError if it is gone, or has begun anew."""
        found: set[int] = set()
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):  # it has ended since
                found |= os.sched_getaffinity(pid)
        return sorted(found)


class Processes(CpuOwner):
    """Processes by their ids: their CPU time is that of these, each of which must be there, and of no child.

    Their clocks tell nanoseconds.
    """

    def __init__(self, pids: Iterable[int]) -> None:
        self._pids = list(pids)

    def cpu_ns(self) -> int:
        return sum(map(process_cpu_ns, self._pids))

    def pids(self) -> list[int]:
        return self._pids

    def run_queue_wait_ns(self) -> int | None:
        waits = [run_queue_wait_ns(pid) for pid in self._pids]
        return None if None in waits or not waits else sum(wait for wait in waits if wait is not None)


class Family(Processes):
    """Processes and all their children: their CPU time is that of those that have ended too.

    PostgreSQL has a process for each connection. Of those that have ended the kernel keeps the sum at whoever
    waited for them, and tells it in steps of 10 ms: proc_pid_stat(5), cutime and cstime. The processes that
    are named must be there.
    """

    def cpu_ns(self) -> int:
        spent_ns = 0
        try:
            named = [psutil.Process(pid) for pid in self.pids()]
            family = {each.pid: each for process in named for each in process.children(recursive=True)}
        except psutil.NoSuchProcess as error:
            raise OSError(str(error)) from None
        for process in named:
            spent_ns += process_cpu_ns(process.pid) + _ended_ns(process)
        for child in family.values():
            if child.pid not in self.pids():
                # One that ends now is in the sum of its parent the next time.
                with contextlib.suppress(OSError, psutil.NoSuchProcess):
                    spent_ns += process_cpu_ns(child.pid) + _ended_ns(child)
        return spent_ns


def _ended_ns(process: psutil.Process) -> int:
    """CPU time of the children of a process that have ended."""
    times = process.cpu_times()
    return round((times.children_user + times.children_system) * 1e9)
