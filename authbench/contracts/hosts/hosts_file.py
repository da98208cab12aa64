"""The hosts file: on which host each part of a run is, how commands are started there, and its address.

    [application]                          the servers under test
    [store]                                Redis
    [[generators]]                         one load generator each

A part that has no table is on the machine of the run. `docs/hosts.example.toml` explains every key. For a
service that authbench does not start, `[application]` and `[store]` say where its processes are looked up.
"""

import ipaddress
import shutil
import sys
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from authbench.contracts.failure import Failure
from authbench.contracts.hosts.interface import require_one_interface
from authbench.contracts.records import Part
from authbench.contracts.toml_file import Table, read_model


class GeneratorHost(Table):
    """The host of one load generator. Nobody connects to it, so it needs no address."""

    prefix: tuple[str, ...] = Field(
        default=(), description="what a command there begins with; empty: the machine of the run"
    )
    python: str = Field(
        default="", description="path of a Python there that has authbench; the run's own unless given"
    )

    @property
    def elsewhere(self) -> bool:
        return bool(self.prefix)

    @property
    def interpreter(self) -> str:
        """The Python with which the run starts its part there."""
        return self.python or sys.executable

    @model_validator(mode="after")
    def _startable(self) -> Self:
        if self.python and not self.prefix:
            raise ValueError("python is a path on another host: give prefix as well, or leave python out")
        if self.prefix and shutil.which(self.prefix[0]) is None:
            raise ValueError(f"no command {self.prefix[0]!r} on this machine: prefix begins with one, as ssh")
        return self


class ServingHost(GeneratorHost):
    """The host of the application or of the store, which others connect to."""

    address: str = Field(
        default="",
        description="IPv4 address at which its servers listen, and by which the other hosts reach them; "
        "empty only where authbench starts none",
    )

    @field_validator("address")
    @classmethod
    def _one_interface(cls, address: str) -> str:
        if not address:
            return address
        try:
            found = ipaddress.IPv4Address(address)
        except ValueError:
            raise ValueError(f"{address!r} is no IPv4 address such as 10.0.0.11") from None
        require_one_interface(found, "the other hosts")
        return address


class Hosts(Table):
    """Where each part of a run is."""

    application: ServingHost | None = None
    store: ServingHost | None = None
    generators: tuple[GeneratorHost, ...] = Field(default=(), max_length=64)

    @property
    def elsewhere(self) -> list[Part]:
        """The parts of which some is on another host."""
        on: dict[Part, bool] = {
            "application": self.application is not None and self.application.elsewhere,
            "store": self.store is not None and self.store.elsewhere,
            "generators": any(each.elsewhere for each in self.generators),
        }
        return [part for part, is_on in on.items() if is_on]


def read_hosts(path: Path, redis_url: str | None) -> Hosts:
    """Read a hosts file. Failure in one line for a mistake in it, or where it says less than is needed.

    `redis_url`: the user's own store, which the file then must not name.
    """
    hosts = read_model(path, Hosts)
    for part, host in (("application", hosts.application), ("store", hosts.store)):
        if host is not None and not host.address:
            raise Failure(f"{path.name}: {part}: no address: give the one by which the other hosts reach it")
    if hosts.application is None and "generators" in hosts.elsewhere:
        raise Failure(
            f"{path.name}: generators on other hosts cannot reach an application that listens on loopback: "
            "give [application] with the address of this machine"
        )
    if redis_url is not None and hosts.store is not None:
        raise Failure(f"{path.name}: store: --redis-url names a store of your own: leave one of them out")
    if redis_url is None and hosts.store is None and "application" in hosts.elsewhere:
        raise Failure(
            f"{path.name}: the application is on another host and cannot reach a store that listens on "
            "loopback: give [store], with the address of this machine if it is to be here"
        )
    if hosts == Hosts():
        raise Failure(f"{path.name}: names no host: give [application], [store] or [[generators]]")
    return hosts


def read_hosts_of_service(path: Path) -> Hosts:
    """Read the hosts of a service that authbench does not start: where its processes and its store's are.

    Nobody is told to listen there, so an address says nothing. Failure in one line for a mistake.
    """
    hosts = read_model(path, Hosts)
    if hosts.generators:
        raise Failure(
            f"{path.name}: generators: the load on a target comes from this machine, or from workers "
            "(--workers-at): leave [[generators]] out"
        )
    if not hosts.elsewhere:
        raise Failure(
            f"{path.name}: names no other host: give [application] or [store] a prefix, or leave --hosts "
            "out, and the target's processes are looked up on this machine"
        )
    return hosts
