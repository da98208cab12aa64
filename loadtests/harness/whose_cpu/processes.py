"""The processes of a service that is not ours: by their ids, or by the port that they listen on."""

import ipaddress

import psutil

from authbench.contracts.failure import Failure
from authbench.contracts.target.target_file import Listening, ProcessIds
from loadtests.clients.addresses import addresses_of, is_loopback

_PID_MAX = 2**22
"""The greatest of Linux: proc_sys_kernel(5), pid_max."""
_FORWARDERS = {"docker-proxy", "rootlessport", "slirp4netns", "pasta", "socat", "ssh"}
"""Programs that listen on a port for a service in a container or on another machine."""


def processes_of(which: Listening | ProcessIds | None, host: str, port: int, key: str) -> list[int]:
    """Ids of the processes whose CPU is read, the one that listens first; empty: it is not measured.

    Failure where they are not there, or cannot be known: a process of another machine, or of another user.
    """
    if which is None:
        return []
    if which != "listening":
        for pid in which:
            if not 0 < pid <= _PID_MAX or not psutil.pid_exists(pid):
                raise Failure(f"{key}: there is no process {pid}")
        return list(dict.fromkeys(which))  # one that is named twice is counted once
    listening = listening_at(host, port, key)
    children = {child.pid for pid in listening for child in psutil.Process(pid).children(recursive=True)}
    return sorted(listening | children)


def listening_at(host: str, port: int, key: str) -> set[int]:
    """Ids of the processes that listen there, without their children. Failure where they cannot be known."""
    if not is_loopback(host):
        raise Failure(f"{key}: {host} is not this machine: leave it out, and its CPU is not measured")
    listening = _listening(host, port)
    if not listening:
        raise Failure(
            f"{key}: no process that you may see listens on port {port}: start it, give its process ids, or "
            "leave the key out"
        )
    for process in map(psutil.Process, listening):
        if process.name() in _FORWARDERS:
            raise Failure(
                f"{key}: {process.name()} listens on port {port}, which only passes on to the service: give "
                "{ container = NAME }, the service's process ids, or leave the key out"
            )
    return listening


def _listening(host: str, port: int) -> set[int]:
    """Processes that listen on this port for the host; those of another address with this port are others."""
    sockets = [
        (_unmapped(each.laddr.ip), each.pid)
        for each in psutil.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port and each.pid
    ]
    found: set[int] = set()
    for address in addresses_of(host):
        at_it = {pid for at, pid in sockets if at == address}
        # Who listens on every address is asked where nobody listens on this one; :: takes IPv4 as well.
        everywhere = {pid for at, pid in sockets if at.is_unspecified and at.version >= address.version}
        found |= at_it or everywhere
    return found


def _unmapped(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address; IPv4 in IPv6, which Java's sockets listen at, as IPv4."""
    address = ipaddress.ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
