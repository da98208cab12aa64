"""The store is killed and comes back without its data: a cache that nobody told to keep anything."""

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import StoreDrill
from loadtests.drills.site.site import Site


class StoreRestartedEmpty(StoreDrill):
    """SIGKILL, and a new process at the same address that has nothing."""

    name = "store-restarted-empty"
    summary = "kill the store, start it again empty: who is logged out, and does anything revoked work again?"
    effect = Effect.EMPTIED

    def begin(self, site: Site) -> None:
        site.store.kill()

    def during(self, site: Site) -> list[Proof]:
        return [site.silent()]

    def end(self, site: Site) -> None:
        site.store.start_again(empty=True)

    def after(self, site: Site) -> list[Proof]:
        gone = not site.store.has_marker
        seen = "gone" if gone else "still there"
        return [*super().after(site), Proof(what="an earlier record", seen=seen, acted=gone)]
