"""Hosts of their own as far as the network goes: namespaces, with a cable each (root, iproute2)."""

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
