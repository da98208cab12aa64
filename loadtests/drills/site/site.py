"""Where a drill takes place: servers and a store of the drill's own, and the network between them."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from authbench.contracts.security.drill import Proof
from loadtests.drills.site.sentinel import DrillSentinel
from loadtests.drills.site.server import DrillServer
from loadtests.drills.site.store import SILENT_S, DrillStore
from loadtests.harness.processes.placement import Layout
from loadtests.harness.processes.running_server import stop_all
from loadtests.harness.processes.store_proxy import StoreProxy

NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})


@dataclass
class Site:
    """All that a drill may break. Servers reach the store through `proxy`, where there is one."""

    scratch: Path
    store: DrillStore
    proxy: StoreProxy | None = None
    replicas: list[DrillStore] = field(default_factory=list)
    link: StoreProxy | None = None
    """What the replicas reach the store through."""
    sentinel: DrillSentinel | None = None
    servers: dict[str, DrillServer] = field(default_factory=dict)

    @property
    def store_url(self) -> str:
        """The store's, as servers reach it."""
        if self.sentinel:
            return self.sentinel.url
        return self.proxy.url if self.proxy else self.store.url

    def stop_servers(self) -> None:
        """End all servers: asked together, so their ends overlap."""
        stop_all(server.server for server in self.servers.values())

    def ping_ms(self) -> float | None:
        """Milliseconds of a PING as a server would send it; None: no answer, although it was waited for."""
        return self.store.ping_ms(self.store_url)

    def answering(self, when: str) -> Proof:
        """Proof that the store can be reached."""
        taken_ms = self.ping_ms()
        seen = "no answer" if taken_ms is None else f"answered in {taken_ms:.1f} ms"
        return Proof(what=f"PING {when}", seen=seen, acted=taken_ms is not None)

    def silent(self) -> Proof:
        """Proof that the store cannot be reached."""
        taken_ms = self.store.ping_ms(self.store_url, SILENT_S)
        seen = "no answer" if taken_ms is None else f"answered in {taken_ms:.1f} ms"
        return Proof(what="PING during the failure", seen=seen, acted=taken_ms is None)


@contextlib.contextmanager
def open_site(
    schemes: Sequence[str],
    layout: Layout,
    scratch: Path,
    *,
    workers: int,
    proxied: bool = False,
    replicas: int,
    watched: bool,
    settings: Mapping[str, Any] = NO_SETTINGS,
) -> Iterator[Site]:
    """Start a store, what stands in front of it, and a server for each scheme; end all of it.

    A store that is `watched` by a sentinel needs a replica, and has no proxy: the sentinel says where it is.
    """
    with contextlib.ExitStack() as stack:
        site = Site(scratch, DrillStore(scratch, layout.store, "store"))
        stack.callback(site.store.stop)
        if proxied or (replicas and not watched):
            site.proxy = StoreProxy(site.store.url, 0, None, layout.generator, scratch, "store-proxy")
            stack.callback(site.proxy.child.stop)
        if replicas:
            site.link = StoreProxy(site.store.url, 0, None, layout.generator, scratch, "replica-link")
            stack.callback(site.link.child.stop)
            for number in range(replicas):
                replica = DrillStore(scratch, layout.store, f"replica{number}", like=site.store)
                stack.callback(replica.stop)
                replica.follow(site.link.port)
                site.replicas.append(replica)
        if watched:
            site.sentinel = DrillSentinel(scratch, layout.store, site.store, replicas)
            stack.callback(site.sentinel.stop)
        stack.callback(site.stop_servers)
        for number, scheme in enumerate(schemes):
            site.servers[scheme] = DrillServer(
                scheme, number, site.store_url, workers, layout.all, scratch, settings
            )
        for server in site.servers.values():
            server.wait_until_ready()
        yield site
