"""Where workers join a run, and with which key: what people write, checked before anything is started."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from authbench.contracts.failure import Failure
from authbench.contracts.hosts.interface import require_one_interface
from authbench.system.join_key import make_join_key, read_join_key


@dataclass(frozen=True)
class Meeting:
    """Where workers join a run, and with which key."""

    host: str
    """The address of one interface: what listens on all of them is open to everybody."""
    port: int
    key_file: Path


class Address(NamedTuple):
    """Host and port of a socket."""

    host: str
    port: int

    @property
    def text(self) -> str:
        """The words HOST:PORT, which `address` reads; an IPv6 address is in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def address(text: str) -> Address:
    """Read HOST:PORT; an IPv6 address is in brackets. Failure in one line."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
        raise Failure(f"{text!r} is no HOST:PORT, such as 10.0.0.5:5557")
    return Address(host, int(port))


def own_address(text: str) -> Address:
    """Read HOST:PORT to listen at. Failure unless HOST is the IP address of one interface."""
    host, port = address(text)
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        raise Failure(f"{text}: give the IP address of one interface of this machine, not a name") from None
    try:
        require_one_interface(ip, "the workers")
    except ValueError as error:
        raise Failure(f"{text}: {error}") from None
    return Address(host, port)


def meeting_of(workers_at: str | None, join_key_file: Path | None) -> Meeting | None:
    """Where workers join; None: the load comes from this machine. Failure for one option without the other.

    The key file is made where there is none.
    """
    if workers_at is None and join_key_file is None:
        return None
    if workers_at is None or join_key_file is None:
        raise Failure("--workers-at and --join-key-file go together: give both")
    host, port = own_address(workers_at)
    make_join_key(join_key_file)
    read_join_key(join_key_file)
    return Meeting(host, port, join_key_file)
