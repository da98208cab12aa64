"""Whose CPU time a target file names, as it is found on the host of this process now."""

from collections.abc import Iterable

from authbench.contracts.failure import Failure
from authbench.contracts.target.target_file import InCgroup, InContainer
from authbench.contracts.target.whose_cpu import WhoseCpu
from loadtests.harness.telemetry.cpu_clock import CpuOwner, Family, Processes
from loadtests.harness.whose_cpu.container import group_of_container
from loadtests.harness.whose_cpu.control_group import find_control_group
from loadtests.harness.whose_cpu.processes import existing, listening_at, with_children


def find_owner(whose: WhoseCpu, *, store: bool) -> CpuOwner:
    """Find it. A store's CPU is that of its processes and of all their children, as PostgreSQL has them.

    Failure in one line where it is not there, or cannot be known: on another machine, or of another user.
    """
    match whose.which:
        case InContainer(container=name):
            return group_of_container(name, whose.key)
        case InCgroup(cgroup=path):
            return find_control_group(path, whose.key)
        case "listening":
            listening = [listening_at(host, port, whose.key) for host, port in whose.listens_at]
            pids = [pid for each in listening for pid in sorted(each)]
            return Family(dict.fromkeys(pids)) if store else Processes(with_children(pids))
        case named:
            pids = existing(named, whose.key)
            return Family(pids) if store else Processes(pids)


def require_apart(servers: Iterable[CpuOwner | None], store: CpuOwner | None) -> None:
    """Failure if a process is of a server and of the store too: its CPU time would count twice."""
    others = set(store.pids()) if store else set()
    for server in servers:
        if server is not None and (both := sorted(others & set(server.pids()))):
            raise Failure(
                f"processes.store: process {both[0]} is of processes.server too, and would count twice: "
                "leave store out where both are in one container or group"
            )
