"""The network to the store carries nothing: no reset, no refusal, no answer."""

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import StoreDrill
from loadtests.drills.site.site import Site


class StoreBlackHoled(StoreDrill):
    """What is sent is held, and delivered when the network works again, as TCP does."""

    name = "store-black-holed"
    summary = "drop all traffic to the store for two seconds: does every request end by its deadline?"
    effect = Effect.UNREACHABLE
    proxied = True

    def begin(self, site: Site) -> None:
        assert site.proxy is not None  # noqa: S101 - proxied
        site.proxy.hold(True)

    def during(self, site: Site) -> list[Proof]:
        beside_ms = site.store.ping_ms()
        seen = "no answer" if beside_ms is None else f"answered in {beside_ms:.1f} ms"
        return [site.silent(), Proof(what="PING past the network", seen=seen, acted=beside_ms is not None)]

    def end(self, site: Site) -> None:
        assert site.proxy is not None  # noqa: S101 - proxied
        site.proxy.hold(False)
