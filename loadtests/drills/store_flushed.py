"""The store is emptied under load: FLUSHALL, and nothing stops."""

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import StoreDrill
from loadtests.drills.site.site import Site


class StoreFlushed(StoreDrill):
    """One command, and every login, every deny list and every version is gone."""

    name = "store-flushed"
    summary = "FLUSHALL: who is logged out, and does anything revoked work again?"
    effect = Effect.EMPTIED
    failure_s = 0.5

    def begin(self, site: Site) -> None:
        site.store.client.flushall()

    def during(self, site: Site) -> list[Proof]:
        gone = not site.store.has_marker
        return [Proof(what="an earlier record", seen="gone" if gone else "still there", acted=gone)]

    def end(self, site: Site) -> None:
        """Nothing to end: what is gone is gone."""
