"""A service that is not ours: where it is, whether load may be sent there, and whose CPU time is its own."""

import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from authbench.contracts.failure import Failure
from authbench.contracts.target.target_file import Target, Variant, Which
from loadtests.clients.blocking_client import BlockingClient

_TIMEOUT_S = 30.0
"""A login may wait for the hashes of others."""


@dataclass(frozen=True)
class Service:
    """The address of a service."""

    host: str
    port: int
    authority: Path | None
    """Who signed its certificate; None: plain HTTP."""

    def connect(self) -> BlockingClient:
        """Open a connection of the harness's own. Close it, or use it as a context."""
        return BlockingClient(self.host, self.port, self.authority, _TIMEOUT_S)

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


def is_loopback(host: str) -> bool:
    """Whether every address of the host is one of the loopback. Failure if it has none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        raise Failure(f"base_url: no address is known of {host}: correct its name") from None
    return all(ipaddress.ip_address(each[4][0]).is_loopback for each in found)


def processes_of(which: Which | None, host: str, port: int, key: str) -> list[int]:
    """Ids of the processes whose CPU is read, the one that listens first; empty: it is not measured.

    Failure where they are not there, or cannot be known: a process of another machine, or of another user.
    """
    if which is None:
        return []
    if which != "listening":
        for pid in which:
            if not psutil.pid_exists(pid):
                raise Failure(f"{key}: there is no process {pid}")
        return list(which)
    if not is_loopback(host):
        raise Failure(f"{key}: {host} is not this machine: leave it out, and its CPU is not measured")
    listening = {
        each.pid
        for each in psutil.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port and each.pid
    }
    if not listening:
        raise Failure(
            f"{key}: no process that you may see listens on port {port}: start it, give its process ids, or "
            "leave the key out"
        )
    children = {child.pid for pid in listening for child in psutil.Process(pid).children(recursive=True)}
    return sorted(listening | children)


def store_address(redis_url: str) -> tuple[str, int]:
    """Host and port of a Redis URL."""
    parts = urlsplit(redis_url)
    return parts.hostname or "127.0.0.1", parts.port or 6379
