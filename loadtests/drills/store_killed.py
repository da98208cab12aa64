"""The store is killed and started again with all that it had acknowledged."""

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import StoreDrill
from loadtests.drills.site.site import Site


class StoreKilled(StoreDrill):
    """SIGKILL: connections are reset, new ones are refused. Its append-only file has every answered write."""

    name = "store-killed"
    summary = "kill the store, start it again with its data: who is let in meanwhile, and what is lost?"
    effect = Effect.UNREACHABLE

    def begin(self, site: Site) -> None:
        site.store.kill()

    def during(self, site: Site) -> list[Proof]:
        return [site.silent()]

    def end(self, site: Site) -> None:
        site.store.start_again()

    def after(self, site: Site) -> list[Proof]:
        kept = site.store.has_marker
        seen = "still there" if kept else "gone"
        return [*super().after(site), Proof(what="an earlier record", seen=seen, acted=kept)]
