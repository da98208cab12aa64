"""The store fails over to its replica, which is in step, or a second behind: replication is asynchronous."""

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import StoreDrill
from loadtests.drills.site.site import Site
from loadtests.drills.site.store import DrillStore


class StoreFailedOver(StoreDrill):
    """The primary is killed; a second later its replica is promoted, and the address leads there.

    The proxy is what moves the address, as a name, a virtual address or a sentinel's client would.
    """

    name = "store-failed-over"
    summary = "kill the primary and promote its replica, which is in step: what is lost?"
    effect = Effect.LOSES_SOME
    failure_s = 1.0
    replicas = 1

    def begin(self, site: Site) -> None:
        site.store.kill()

    def during(self, site: Site) -> list[Proof]:
        return [site.silent()]

    def end(self, site: Site) -> None:
        assert site.proxy is not None  # noqa: S101 - with a replica
        replica = _replica(site)
        replica.promote()
        site.proxy.lead_to(replica.port)

    def after(self, site: Site) -> list[Proof]:
        role = _replica(site).role
        return [
            *super().after(site),
            Proof(what="the replica's role", seen=role, acted=role == "master"),
        ]


class StoreFailedOverBehind(StoreFailedOver):
    """The same, with a replica that has heard nothing for a second: what was acknowledged then is lost.

    A logout among it: the session works again on the new primary.
    """

    name = "store-failed-over-behind"
    summary = "the same with a replica one second behind: which acknowledged logins and logouts are lost?"
    lead_s = 1.0

    def prepare(self, site: Site) -> list[Proof]:
        assert site.link is not None  # noqa: S101 - with a replica
        found = super().prepare(site)
        site.link.hold(True)
        return found

    def begin(self, site: Site) -> None:
        written = site.store.number("replication", "master_repl_offset")
        read = _replica(site).number("replication", "slave_repl_offset")
        self._behind_bytes = written - read
        super().begin(site)

    def during(self, site: Site) -> list[Proof]:
        behind = self._behind_bytes
        return [
            *super().during(site),
            Proof(what="bytes the replica had not heard", seen=str(behind), acted=behind > 0),
        ]


def _replica(site: Site) -> DrillStore:
    return site.replicas[0]
