"""Start a command that ends with the harness: `python guard.py PARENT CPUS COMMAND...`.

A process killed by SIGKILL cleans up nothing, so the kernel must: PR_SET_PDEATHSIG (prctl(2)) is kept across
execve(2) and ends the child the moment its parent dies. Standard library only: it runs before every child.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def main(argv: list[str]) -> None:
    """Tie this process to PARENT (a pid), to CPUS (comma separated), then become COMMAND."""
    parent, cpus, command = int(argv[1]), argv[2], argv[3:]
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the call above
        sys.exit(1)
    os.sched_setaffinity(0, {int(cpu) for cpu in cpus.split(",")})
    os.execvp(command[0], command)  # noqa: S606 - the command comes from the harness


if __name__ == "__main__":
    main(sys.argv)
