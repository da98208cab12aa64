"""The hosts of one run: this machine, and those that its hosts file names, each behind an agent or a pipe."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self

from authbench.contracts.failure import Failure
from authbench.contracts.hosts.hosts_file import GeneratorHost, Hosts, ServingHost
from authbench.contracts.records import HOST_STEP, HostFacts, HostRecord, Part
from authbench.system.kernel import read_host_facts
from loadtests.harness.hosts.agent_host import AgentHost
from loadtests.harness.hosts.agent_link import AgentLink
from loadtests.harness.hosts.host import Host
from loadtests.harness.hosts.this_host import ThisHost
from loadtests.harness.load.channel import Channel
from loadtests.harness.load.generators import Generators
from loadtests.harness.load.pipe import Pipe
from loadtests.harness.processes.placement import Layout, available_processors, plan_layout
from loadtests.harness.processes.server import LOOPBACK


class Kernels:
    """Numbers the processors of several hosts: hosts with one kernel share them, and have one number."""

    def __init__(self, own: HostFacts) -> None:
        self._first: dict[str, int] = {own.boot: 0}
        self._own = own

    def first_processor(self, facts: HostFacts) -> int:
        """What is added to the numbers of this host's processors. 0: they are those of this machine."""
        # A kernel that does not tell what it is shares with nobody that is known.
        key = facts.boot or f"unknown {len(self._first)}"
        return self._first.setdefault(key, HOST_STEP * len(self._first))

    def require_same_version(self, name: str, facts: HostFacts) -> None:
        """Failure unless that host has the authbench of this one."""
        if facts.authbench_version != self._own.authbench_version:
            raise Failure(
                f"{name}: authbench {facts.authbench_version or 'of an unknown version'} is there, "
                f"{self._own.authbench_version} here: install the same on all hosts"
            )


@dataclass
class HostsOfRun:
    """Where each part of a run is, and how it is reached."""

    this: ThisHost
    application: Host
    store: Host
    kernels: Kernels
    application_address: str = LOOPBACK
    store_address: str = LOOPBACK
    agents: Sequence[AgentHost] = ()
    generators: Sequence[HostRecord] = ()

    @classmethod
    def alone(cls, layout: Layout, scratch: Path) -> Self:
        """Everything on this machine."""
        this = ThisHost(layout, scratch)
        return cls(this, this, this, Kernels(_own_facts()))

    @property
    def each(self) -> list[Host]:
        """Every host on which something is read, this machine first."""
        return [self.this, *self.agents]

    @property
    def reading_us(self) -> float:
        """How long it takes to read something at all of them."""
        return sum(agent.round_trip_us for agent in self.agents)

    def records(self) -> list[HostRecord]:
        """What the manifest says of every host beside this machine."""
        return [
            *(
                HostRecord(
                    name=agent.name,
                    parts=self._parts(agent),
                    processors=agent.numbered(agent.layout.all),
                    machine=agent.machine,
                    round_trip_us=agent.round_trip_us,
                )
                for agent in self.agents
            ),
            *self.generators,
        ]

    def _parts(self, host: Host) -> list[Part]:
        parts: dict[Part, Host] = {"application": self.application, "store": self.store}
        return [part for part, its_host in parts.items() if its_host is host]

    def know_generators(self, load: Generators) -> None:
        """Take what the generators on other hosts said of them. Failure for one with another authbench."""
        found = []
        for name, facts in load.hosts.items():
            self.kernels.require_same_version(name, facts)
            first = self.kernels.first_processor(facts)
            trip_us = load.round_trip_us(name)
            found.append(
                HostRecord(
                    name=name,
                    parts=["generators"],
                    processors=[first + cpu for cpu in facts.processors],
                    machine=None,
                    round_trip_us=round(trip_us, 1),
                )
            )
        self.generators = found


@contextlib.contextmanager
def open_hosts(hosts: Hosts, scratch: Path) -> Iterator[HostsOfRun]:
    """Start an agent on each host of application and store; end them afterwards, and what they started.

    Failure in one line for one that does not answer, or has another authbench.
    """
    available = available_processors()
    kernels = Kernels(_own_facts())
    with contextlib.ExitStack() as stack:
        links: dict[tuple[tuple[str, ...], str], AgentLink] = {}
        for name, host in (("application", hosts.application), ("store", hosts.store)):
            if host is not None and host.elsewhere:
                if _key(host) in links:
                    links[_key(host)].name = "application and store"
                    continue
                links[_key(host)] = AgentLink(name, host, sorted(available), scratch / f"agent-{name}.log")
                stack.callback(links[_key(host)].stop)
        agents: dict[tuple[tuple[str, ...], str], AgentHost] = {}
        for key, link in links.items():
            ready = link.wait_until_ready()
            kernels.require_same_version(link.name, ready.facts)
            agents[key] = AgentHost(link, ready, kernels.first_processor(ready.facts))

        def of(host: ServingHost | None) -> AgentHost | None:
            return agents[_key(host)] if host is not None and host.elsewhere else None

        application, store = of(hosts.application), of(hosts.store)
        layout = plan_layout(
            available,
            application=application is None or application.first_processor == 0,
            store=store is None or store.first_processor == 0,
        )
        this = ThisHost(layout, scratch)
        yield HostsOfRun(
            this,
            application or this,
            store or this,
            kernels,
            hosts.application.address if hosts.application else LOOPBACK,
            hosts.store.address if hosts.store else LOOPBACK,
            list(agents.values()),
        )


def start_pipes(generators: Sequence[GeneratorHost], cpus: Sequence[int], scratch: Path) -> list[Channel]:
    """Start an engine on each generator's host; those on this machine run on `cpus`, one each in turn."""
    here = sum(not each.elsewhere for each in generators)
    channels: list[Channel] = []
    for number, each in enumerate(generators):
        own = tuple(cpus) if each.elsewhere or here == 1 else (cpus[number % len(cpus)],)
        log = scratch / f"generator{number}.log"
        name = f"generator {number + 1}"
        channels.append(Pipe(name, own, log, each.prefix, each.interpreter))
    return channels


def _own_facts() -> HostFacts:
    return read_host_facts(version("authbench"))


def _key(host: ServingHost) -> tuple[tuple[str, ...], str]:
    return host.prefix, host.interpreter
