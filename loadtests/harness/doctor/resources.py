"""Resources of the machine: memory, swap, disk, file descriptors, ports."""

import math
import resource

from loadtests.harness.doctor.finding import Finding, good, note, unfit, warning
from loadtests.harness.processes.descriptors import OTHERS, needed

_MIB = 2**20
_MEMORY_UNFIT_MIB = 512
_MEMORY_WARNING_MIB = 1024
"""Eight servers of 60 MiB, a generator with 10,000 credentials of each arm, Redis, and the analysis."""
_DISK_UNFIT_MIB = 50
_DISK_WARNING_MIB = 500
"""A run of the quick experiment takes 3 MiB raw and 3 MiB derived; a full one ten times that."""
_CONNECTIONS = 10_000
"""The most a closed loop may ask for (`authbench.contracts.experiment.Workload.connections`)."""
_IN_FLIGHT = 1024
"""The most an open loop has in flight (`loadtests.generator.open_loop`)."""
_OPEN_LOOP, _CLOSED_LOOP = _IN_FLIGHT + OTHERS, _CONNECTIONS + OTHERS
_QUICK_ARMS = 8
"""Arms of the experiments `smoke`, `quick` and `full`."""


def judge_memory(available_bytes: int, group_left_bytes: int | None) -> Finding:
    """`available_bytes`: what the machine has without swapping; `group_left_bytes`: what a container may.

    The smaller counts.
    """
    mib = min(available_bytes, available_bytes if group_left_bytes is None else group_left_bytes) // _MIB
    if mib >= _MEMORY_WARNING_MIB:
        return good("memory", f"{mib} MiB available")
    advice = f"free memory: {_MEMORY_WARNING_MIB} MiB are enough"
    if mib < _MEMORY_UNFIT_MIB:
        return unfit("memory", f"{mib} MiB available: too little for servers, generator and store", advice)
    return warning("memory", f"{mib} MiB available: tight for servers, generator and store", advice)


def judge_swap(used_bytes: int, moved_bytes: int) -> Finding:
    """`moved_bytes`: swapped in or out while the doctor watched. What only lies in swap harms nobody."""
    if moved_bytes:
        found = f"{moved_bytes // 1024} KiB were swapped while this looked"
        return warning("swap", found, "free memory, or switch swap off while you measure")
    if used_bytes:
        return note("swap", f"{used_bytes // _MIB} MiB in use, none moved")
    return good("swap", "not in use")


def judge_results(where: str, usable: bool) -> Finding:
    """`where`: the folder of the results, in words; `usable`: whether its path is UTF-8."""
    if usable:
        return good("results", where)
    return unfit(
        "results",
        f"{where!a}: the path is not UTF-8, which manifests and sample files need",
        "choose another place with --results",
    )


def judge_disk(free_bytes: int, where: str) -> Finding:
    """`where`: the folder of the results, in words."""
    mib = free_bytes // _MIB
    found = f"{mib} MiB free for {where}"
    if mib >= _DISK_WARNING_MIB:
        return good("disk", found)
    level = unfit if mib < _DISK_UNFIT_MIB else warning
    return level("disk", found, "free some, or choose another place with --results")


def judge_descriptors(soft: float, hard: float) -> Finding:
    """Limits of open files (ulimit -n). The generator raises its own to the hard one, servers do not."""
    name = "file descriptors"
    soft, hard = (math.inf if limit == resource.RLIM_INFINITY else limit for limit in (soft, hard))
    found = f"{_shown(soft)} (hard limit {_shown(hard)})"
    if soft >= _CLOSED_LOOP:
        return good(name, found)
    if soft >= _OPEN_LOOP:
        found = f"{found}: every open loop, but no closed one of {_CONNECTIONS} connections"
        return note(name, found, f"for such a workload: ulimit -n {_CLOSED_LOOP}")
    least = needed(_QUICK_ARMS)
    if hard < least:
        found = f"{found}: the load generator needs {least} for {_QUICK_ARMS} arms"
        return unfit(name, found, f"ulimit -n {_OPEN_LOOP}, after raising the hard limit as root")
    found = f"{found}: a server that stalls under {_IN_FLIGHT} requests in flight runs out of them"
    if hard >= _OPEN_LOOP:
        return note(name, found, f"ulimit -n {_OPEN_LOOP}")
    return warning(name, found, f"ulimit -n {_OPEN_LOOP}, after raising the hard limit as root")


def _shown(limit: float) -> str:
    return "none" if math.isinf(limit) else f"{limit:.0f}"


def judge_ports(first: int, last: int) -> Finding:
    """Ports an outgoing connection may take (ip_local_port_range): each to one address needs its own."""
    count = last - first + 1
    found = f"{count} ephemeral ports"
    if count >= _CONNECTIONS * 2:
        return good("ports", found)
    return (note if count >= _OPEN_LOOP * 2 else warning)(
        "ports",
        f"{found}: a closed port stays taken for a minute, so they can run out",
        "sysctl net.ipv4.ip_local_port_range='32768 60999' (as root)",
    )
