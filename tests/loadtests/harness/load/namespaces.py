"""Hosts of their own as far as the network goes, or the clock: namespaces (root, iproute2, util-linux)."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

needs_namespaces = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("ip") is None, reason="network namespaces need root and iproute2"
)
_NOBODY = "02:00:00:00:00:01"
"""Packets to it reach nobody: the address of no card here, in the range for private use (IEEE 802c)."""


@dataclass(frozen=True)
class Host:
    """A namespace. Everything it sends goes through one cable."""

    name: str
    cable: str
    """This end of it."""
    gateway: str
    """Our address on the cable."""

    @property
    def address(self) -> str:
        """Its address, by which we and other hosts reach it."""
        return f"{self.gateway[:-1]}2"

    @property
    def prefix(self) -> list[str]:
        """What a command there begins with."""
        return ["ip", "netns", "exec", self.name]

    def close_the_port(self) -> None:
        """Have everything vanish that it sends to us, as behind a firewall that drops packets."""
        _ip("-n", self.name, "neigh", "replace", self.gateway, "lladdr", _NOBODY, "dev", "eth0")

    def pull_the_cable(self) -> None:
        """Lose every packet from now on; nobody is told."""
        _ip("link", "set", self.cable, "down")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def let_them_meet(found: Iterable[Host]) -> None:
    """Pass packets on from one host to another. Skip where this machine does not let that be."""
    try:
        for host in found:
            Path(f"/proc/sys/net/ipv4/conf/{host.cable}/forwarding").write_text("1", "ascii")
    except OSError as error:
        pytest.skip(f"packets cannot be passed on between namespaces here: {error.strerror}")


@contextlib.contextmanager
def hosts(count: int) -> Iterator[list[Host]]:
    """So many namespaces; they are gone after the block."""
    mark = f"{os.getpid() % 10_000:04d}"
    # Other tests run beside these: of two cables with one network, packets take the first.
    net = os.getpid() % 256
    found = [Host(f"ab{mark}n{n}", f"ab{mark}v{n}", f"10.{200 + n}.{net}.1") for n in range(count)]
    with contextlib.ExitStack() as stack:
        for host in found:
            try:
                _ip("netns", "add", host.name)
            except subprocess.CalledProcessError as error:
                pytest.skip(f"no network namespace can be made here: {error.stderr.strip()}")
            stack.callback(_ip, "netns", "del", host.name)
            _ip("link", "add", host.cable, "type", "veth", "peer", "name", "eth0", "netns", host.name)
            stack.callback(_ip, "link", "del", host.cable)
            _ip("addr", "add", f"{host.gateway}/24", "dev", host.cable)
            _ip("link", "set", host.cable, "up")
            _ip("-n", host.name, "addr", "add", f"{host.address}/24", "dev", "eth0")
            _ip("-n", host.name, "link", "set", "eth0", "up")
            # What listens at its own address is reached from there over loopback.
            _ip("-n", host.name, "link", "set", "lo", "up")
            _ip("-n", host.name, "route", "add", "default", "via", host.gateway)
        yield found


def a_clock_ahead(seconds: int) -> list[str]:
    """What the command of a process begins with whose monotonic clock shall be ahead of ours.

    Skips the test where that cannot be (Linux 5.6, root).
    """
    prefix = ["unshare", "--time", "--monotonic", str(seconds), "--fork", "--kill-child"]
    try:
        subprocess.run([*prefix, "true"], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no clock namespace can be made here: {getattr(error, 'stderr', '') or error}".strip())
    return prefix
