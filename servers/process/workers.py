"""Several processes behind one port, forked before any of them runs, all accepting from the same socket.

The first reports when all are ready, and answers the harness. The others die with it, whatever ends it
(prctl(2), PR_SET_PDEATHSIG); SIGTERM ends them as it ends the first.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
from dataclasses import dataclass, field

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


@dataclass
class Worker:
    """One process of the server. `others`: pids of the rest; only the first knows them."""

    number: int = 0
    others: list[int] = field(default_factory=list)
    pipe: int | None = None
    """Each of the others writes one byte into it when it accepts connections; the first reads them."""

    @property
    def first(self) -> bool:
        return self.number == 0

    async def ready(self) -> None:
        """Tell the first process that this one accepts connections; in the first, wait for all the others."""
        if self.pipe is None:
            return
        if not self.first:
            os.write(self.pipe, b"r")
            return
        loop = asyncio.get_running_loop()
        waiting = len(self.others)
        while waiting:
            received = await loop.run_in_executor(None, os.read, self.pipe, waiting)
            if not received:  # one has died, and its standard error says why
                raise ChildProcessError("a worker ended while it started")
            waiting -= len(received)

    def stop_others(self) -> None:
        for pid in self.others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        for pid in self.others:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def fork_workers(count: int) -> Worker:
    """Fork until there are `count` processes; return which one this is. No thread or loop may exist yet."""
    if count == 1:
        return Worker()
    reading, writing = os.pipe()
    parent, others = os.getpid(), []
    for number in range(1, count):
        pid = os.fork()
        if pid == 0:
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:  # it died before the call above
                os._exit(1)
            os.close(reading)
            return Worker(number, pipe=writing)
        others.append(pid)
    os.close(writing)
    return Worker(0, others, reading)
