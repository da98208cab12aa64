"""A service that is not ours: where it is, whose CPU is its own, and whether load may be sent there."""

import ssl
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from authbench.contracts.failure import Failure
from authbench.contracts.target.target_file import InCgroup, InContainer, Target, Variant, Which
from authbench.contracts.target.whose_cpu import WhoseCpu
from loadtests.clients.addresses import is_loopback
from loadtests.clients.blocking_client import BlockingClient
from loadtests.harness.hosts.host import Host
from loadtests.harness.telemetry.cpu_clock import CpuOwner

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


def observe_server(host: Host, arm: str, target: Target, variant: Variant) -> CpuOwner | None:
    """Whose CPU is read for an arm of a variant, on the host that has its processes. None: nobody is named.

    Failure in one line where it is not there, or cannot be known.
    """
    which, service = target.processes_of(variant).server, service_of(target, variant)
    if not which:
        return None
    listens_at = [(service.host, service.port)]
    return host.observe(arm, WhoseCpu(which=which, listens_at=listens_at, key="processes.server"))


def cpu_means(host: Host, which: Which | None) -> str:
    """How a record says whose CPU is read, and by whom: 'process ids'. Empty: it is not measured."""
    match which:
        case None | []:
            return ""
        case InContainer():
            words = "container"
        case InCgroup():
            words = "control group"
        case "listening":
            words = "who listens"
        case _:
            words = "process ids"
    return words if host.round_trip_us is None else f"{words}, by an agent on their host"


def require_confirmed(target: Target, confirmed: Collection[str]) -> None:
    """Failure unless every host is this machine's loopback, or was confirmed by its name."""
    for variant in target.variants:
        host = service_of(target, variant).host
        if not is_loopback(host) and host not in confirmed:
            raise Failure(
                f"{variant.name}: {host} is not this machine: load is sent to others only where you may send "
                f"it; say so with --confirm-host {host}"
            )
