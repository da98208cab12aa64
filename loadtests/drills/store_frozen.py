"""The store stands still: its connections stay open, and nothing answers."""

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import StoreDrill
from loadtests.drills.site.site import Site


class StoreFrozen(StoreDrill):
    """SIGSTOP: no reset, no refusal, only silence. Commands that were sent are carried out afterwards."""

    name = "store-frozen"
    summary = "stop the store's process for two seconds: does every request end by its deadline?"
    effect = Effect.UNREACHABLE

    def begin(self, site: Site) -> None:
        site.store.freeze()

    def during(self, site: Site) -> list[Proof]:
        state = site.store.state
        return [
            Proof(what="the store's process", seen=f"state {state}", acted=state == "T"),
            site.silent(),
        ]

    def end(self, site: Site) -> None:
        site.store.thaw()
