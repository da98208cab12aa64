"""Hosts of their own as far as the network goes, or the clock: namespaces (root, iproute2, util-linux)."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

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


@contextlib.contextmanager
def hosts(count: int) -> Iterator[list[Host]]:
    """So many namespaces; they are gone after the block."""
    mark = f"{os.getpid() % 10_000:04d}"
    found = [Host(f"ab{mark}n{n}", f"ab{mark}v{n}", f"10.{200 + n}.213.1") for n in range(count)]
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
            _ip("-n", host.name, "addr", "add", f"{host.gateway[:-1]}2/24", "dev", "eth0")
            _ip("-n", host.name, "link", "set", "eth0", "up")
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
