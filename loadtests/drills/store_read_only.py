"""The store takes no writes: it has become a replica, of a primary that nobody can reach."""

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import StoreDrill
from loadtests.drills.site.site import Site

_NOBODY = "1"
"""A port on which nothing listens."""


class StoreReadOnly(StoreDrill):
    """REPLICAOF, as after a failover that the server was not told of. A GET works; a GETEX is a write."""

    name = "store-read-only"
    summary = "make the store a read-only replica for two seconds: which reads turn out to be writes?"
    effect = Effect.IMPAIRED

    def begin(self, site: Site) -> None:
        site.store.client.replicaof("127.0.0.1", _NOBODY)

    def during(self, site: Site) -> list[Proof]:
        role, refusal = site.store.role, site.store.refusal_of_a_write()
        return [
            Proof(what="the store's role", seen=role, acted=role == "slave"),
            Proof(what="a write", seen=refusal or "carried out", acted=refusal is not None),
        ]

    def end(self, site: Site) -> None:
        site.store.promote()

    def after(self, site: Site) -> list[Proof]:
        refusal = site.store.refusal_of_a_write()
        return [Proof(what="a write afterwards", seen=refusal or "carried out", acted=refusal is None)]
