"""Whose CPU time a target file names, as it is found on this machine now."""

from collections.abc import Iterable

from authbench.contracts.failure import Failure
from authbench.contracts.target.target_file import InCgroup, InContainer, Which
from loadtests.harness.telemetry.cpu_clock import CpuOwner, Processes
from loadtests.harness.whose_cpu.container import group_of_container
from loadtests.harness.whose_cpu.control_group import find_control_group
from loadtests.harness.whose_cpu.processes import processes_of


def cpu_owner_of(which: Which | None, host: str, port: int, key: str) -> CpuOwner | None:
    """None: the file names nobody. `key` is the file's, such as 'processes.server'.

    Failure in one line where it is not there, or cannot be known: on another machine, or of another user.
    """
    match which:
        case InContainer(container=name):
            return group_of_container(name, key)
        case InCgroup(cgroup=path):
            return find_control_group(path, key)
        case _:
            pids = processes_of(which, host, port, key)
            return Processes(pids) if pids else None


def require_apart(servers: Iterable[CpuOwner | None], store: CpuOwner | None) -> None:
    """Failure if a process is of a server and of the store too: its CPU time would count twice."""
    others = set(store.pids()) if store else set()
    for server in servers:
        if server is not None and (both := sorted(others & set(server.pids()))):
            raise Failure(
                f"processes.store: process {both[0]} is of processes.server too, and would count twice: "
                "leave store out where both are in one container or group"
            )
