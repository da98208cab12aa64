"""Read what the kernel says of a process."""

from pathlib import Path

GONE = "X"
"""There is no such process; as proc(5) calls one that should never be seen."""


def parse_state(stat: str) -> str:
    """The state's letter in /proc/PID/stat (proc(5)): it follows the command, which may contain anything."""
    return stat.rpartition(")")[2].split()[0]


def process_state(pid: int) -> str:
    """The state's letter of a process: T is stopped, Z has ended and was not waited for."""
    try:
        return parse_state(Path(f"/proc/{pid}/stat").read_text("ascii"))
    except OSError:
        return GONE
