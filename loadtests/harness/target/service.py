"""A service that is not ours: where it is, and whether load may be sent there."""

import ssl
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from authbench.contracts.failure import Failure
from authbench.contracts.target.target_file import Target, Variant
from loadtests.clients.addresses import is_loopback
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
