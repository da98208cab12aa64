"""A service that is not ours: where it is, whether load may be sent there, and whose CPU time is its own."""

import ipaddress
import socket
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from authbench.contracts.failure import Failure
from authbench.contracts.target.target_file import Listening, ProcessIds, Target, Variant
from loadtests.clients.blocking_client import BlockingClient

_TIMEOUT_S = 30.0
"""A login may wait for the hashes of others."""
_PID_MAX = 2**22
"""The greatest of Linux: proc_sys_kernel(5), pid_max."""
_FORWARDERS = {"docker-proxy", "rootlessport", "slirp4netns", "pasta", "socat", "ssh"}
"""Programs that listen on a port for a service in a container or on another machine."""


@dataclass(frozen=True)
class Service:
    """The address of a service."""

    host: str
    port: int
    authority: Path | None
    """Who signed its certificate; None: plain HTTP."""

    def connect(self) -> BlockingClient:
        """Open a connection of the harness's own. Close it, or use it as a context.

        Failure if the file `authority` has no certificates.
        """
        try:
            return BlockingClient(self.host, self.port, self.authority, _TIMEOUT_S)
        except ssl.SSLError:
            raise Failure(f"authority: {self.authority}: no certificate in PEM form is in it") from None
        except OSError as error:
            raise Failure(f"authority: {self.authority}: cannot be read: {error.strerror}") from None

    @property
    def origin(self) -> str:
        """'http://127.0.0.1:8000'."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.authority else 'http'}://{host}:{self.port}"


def service_of(target: Target, variant: Variant) -> Service:
    """Where a variant is served."""
    parts = urlsplit(target.base_of(variant))
    secure = parts.scheme == "https"
    assert parts.hostname is not None  # noqa: S101 - the file was checked
    return Service(
        parts.hostname, parts.port or (443 if secure else 80), target.authority if secure else None
    )


def require_confirmed(target: Target, confirmed: Collection[str]) -> None:
    """Failure unless every host is this machine's loopback, or was confirmed by its name."""
    for variant in target.variants:
        host = service_of(target, variant).host
        if not is_loopback(host) and host not in confirmed:
            raise Failure(
                f"{variant.name}: {host} is not this machine: load is sent to others only where you may send "
                f"it; say so with --confirm-host {host}"
            )


def _unmapped(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address; IPv4 in IPv6, which Java's sockets listen at, as IPv4."""
    address = ipaddress.ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def is_loopback(host: str) -> bool:
    """Whether every address of the host is one of the loopback. Failure if it has none."""
    return all(address.is_loopback for address in _addresses(host))


def _addresses(host: str) -> set[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The host's addresses. Failure if it has none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # UnicodeError: a label of the name is empty or too long
        raise Failure(f"base_url: no address is known of {host}: correct its name") from None
    return {ipaddress.ip_address(each[4][0]) for each in found}


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
    if not is_loopback(host):
        raise Failure(f"{key}: {host} is not this machine: leave it out, and its CPU is not measured")
    listening = _listening(host, port)
    if not listening:
        raise Failure(
            f"{key}: no process that you may see listens on port {port}: start it, give its process ids, or "
            "leave the key out"
        )
    processes = [psutil.Process(pid) for pid in listening]
    for process in processes:
        if process.name() in _FORWARDERS:
            raise Failure(
                f"{key}: {process.name()} listens on port {port}, which only passes on to the service: give "
                "{ container = NAME }, the service's process ids, or leave the key out"
            )
    children = {child.pid for process in processes for child in process.children(recursive=True)}
    return sorted(listening | children)


def _listening(host: str, port: int) -> set[int]:
    """Processes that listen on this port for the host; those of another address with this port are others."""
    sockets = [
        (_unmapped(each.laddr.ip), each.pid)
        for each in psutil.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port and each.pid
    ]
    found: set[int] = set()
    for address in _addresses(host):
        at_it = {pid for at, pid in sockets if at == address}
        # Who listens on every address is asked where nobody listens on this one; :: takes IPv4 as well.
        everywhere = {pid for at, pid in sockets if at.is_unspecified and at.version >= address.version}
        found |= at_it or everywhere
    return found
