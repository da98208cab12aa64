"""The processes of a service that is not ours: by their ids, or by the port that they listen on."""

import ipaddress
from collections.abc import Iterable

import psutil

from authbench.contracts.failure import Failure
from loadtests.clients.addresses import addresses_of

_PID_MAX = 2**22
"""The greatest of Linux: proc_sys_kernel(5), pid_max."""
_FORWARDERS = {"docker-proxy", "rootlessport", "slirp4netns", "pasta", "socat", "ssh"}
"""Programs that listen on a port for a service in a container or on another machine."""


def existing(named: Iterable[int], key: str) -> list[int]:
    """These processes, each once. Failure for one that is not there."""
    pids = list(dict.fromkeys(named))
    for pid in pids:
        if not 0 < pid <= _PID_MAX or not psutil.pid_exists(pid):
            raise Failure(f"{key}: there is no process {pid}")
    return pids


def with_children(pids: Iterable[int]) -> list[int]:
    """These processes and all that descend from them now."""
    found = set(pids)
    return sorted(
        found | {child.pid for pid in found for child in psutil.Process(pid).children(recursive=True)}
    )


def listening_at(host: str, port: int, key: str) -> set[int]:
    """Ids of the processes that listen there, without their children. Failure where they cannot be known."""
    if not _is_here(host):
        raise Failure(
            f"{key}: {host} is another machine: leave the key out, and its CPU is not measured, or let an "
            "agent read it there (--hosts)"
        )
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


def _is_here(host: str) -> bool:
    """Whether an address of the host is of the loopback, or of a network interface here."""
    cards = psutil.net_if_addrs().values()
    own = {each.address.partition("%")[0] for card in cards for each in card}  # fe80::1%eth0
    return any(address.is_loopback or str(address) in own for address in addresses_of(host))


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
