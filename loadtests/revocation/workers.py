"""Reach one given worker process of a server whose processes all accept from one socket.

Which process accepts a connection is the kernel's choice, and on one processor mostly the same one. So the
others are stopped (SIGSTOP) for the moment in which connections are made, before anything is measured; a
connection then stays with its process. Whose it really is, is read from /proc: the socket at the server's end
must be among the open files of that process.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from authbench.contracts.failure import ExitCode, Failure

_STOPS_WITHIN_S = 2.0
_LOOK_EVERY_S = 0.001


@contextlib.contextmanager
def only_worker(pids: Sequence[int], worker: int) -> Iterator[None]:
    """Stop every process of these but number `worker`; let them go on afterwards, whatever happens."""
    others = [pid for number, pid in enumerate(pids) if number != worker]
    try:
        for pid in others:
            os.kill(pid, signal.SIGSTOP)
        for pid in others:
            _wait_until_stopped(pid)
        yield
    except ProcessLookupError:
        raise Failure("a worker process of the server died: run it again", ExitCode.INVALID) from None
    finally:
        for pid in others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _wait_until_stopped(pid: int) -> None:
    deadline = time.monotonic() + _STOPS_WITHIN_S
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            # proc(5): the state follows the command, which may contain anything.
            if Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "T":
                return
        time.sleep(_LOOK_EVERY_S)
    raise Failure(f"process {pid} does not stop: run it again", ExitCode.INVALID)


def owners(server_port: int, client_ports: Iterable[int], pids: Sequence[int]) -> list[int | None]:
    """Which process, by its place in `pids`, has the server's end of each connection; None: none of them."""
    inodes = server_ends(Path("/proc/net/tcp").read_text("ascii"), server_port)
    holders: dict[str, int] = {}
    for number, pid in enumerate(pids):
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                holders[os.readlink(file)] = number
    return [holders.get(f"socket:[{inodes.get(port)}]") for port in client_ports]


def server_ends(table: str, server_port: int) -> dict[int, int]:
    """Client's port -> inode of the server's socket, from the text of /proc/net/tcp (proc(5))."""
    found = {}
    for line in table.splitlines()[1:]:
        fields = line.split()
        local, remote = (int(address.rpartition(":")[2], 16) for address in fields[1:3])
        if local == server_port and remote:
            found[remote] = int(fields[9])
    return found
