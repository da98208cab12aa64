"""The store is far away for a while: every round trip takes a tenth of a second more."""

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import StoreDrill
from loadtests.drills.site.site import Site

_ADDED_MS = 100.0


class StoreSlow(StoreDrill):
    """Below the deadline, so nothing fails; what asks twice pays twice."""

    name = "store-slow"
    summary = "add 100 ms to every round trip to the store: who waits, and does anything fail?"
    effect = Effect.IMPAIRED
    proxied = True

    def begin(self, site: Site) -> None:
        assert site.proxy is not None  # noqa: S101 - proxied
        site.proxy.slow_down(_ADDED_MS)

    def during(self, site: Site) -> list[Proof]:
        taken_ms = site.ping_ms()
        seen = "no answer" if taken_ms is None else f"answered in {taken_ms:.1f} ms"
        slow = taken_ms is not None and taken_ms >= _ADDED_MS
        return [Proof(what="PING during the failure", seen=seen, acted=slow)]

    def end(self, site: Site) -> None:
        assert site.proxy is not None  # noqa: S101 - proxied
        site.proxy.slow_down(0)
