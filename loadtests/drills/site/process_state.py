"""Read what the kernel says of a process."""

import contextlib
from pathlib import Path

GONE = "X"
"""There is no such process; as proc(5) calls one that should never be seen."""

_ESTABLISHED = "01"
"""In /proc/net/tcp."""


def parse_state(stat: str) -> str:
    """The state's letter in /proc/PID/stat (proc(5)): it follows the command, which may contain anything."""
    return stat.rpartition(")")[2].split()[0]


def process_state(pid: int) -> str:
    """The state's letter of a process: T is stopped, Z has ended and was not waited for."""
    try:
        return parse_state(Path(f"/proc/{pid}/stat").read_text("ascii"))
    except OSError:
        return GONE


def connections_of(pid: int, port: int) -> int:
    """How many established TCP connections to that local port the process has (proc(5): net/tcp, fd)."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    sockets = {
        f"socket:[{fields[9]}]"
        for fields in lines
        if fields[3] == _ESTABLISHED and int(fields[1].rpartition(":")[2], 16) == port
    }
    found = 0
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                found += str(descriptor.readlink()) in sockets
    return found
