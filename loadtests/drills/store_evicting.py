"""The store's memory is full, and it drops records or refuses writes: one drill for each policy."""

from typing import ClassVar

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import StoreDrill
from loadtests.drills.site.memory import fill, limit, take_away, unlimit
from loadtests.drills.site.site import Site

_FILLED_BYTES = 256 * 1024
"""Other records that come in twice during the failure: a cache beside the logins."""
_MUCH_TOO_FULL = 0.5
"""Share of its memory that a store may have that must refuse every write: buffers that it gives back, and
logins that end, leave it far above.
"""


class _Full(StoreDrill):
    """Memory that ends where the store is, and other records that come in."""

    policy: ClassVar[str]

    def __init__(self) -> None:
        self._next = 0
        self._evicted_before = 0

    def begin(self, site: Site) -> None:
        self._evicted_before = site.store.number("stats", "evicted_keys")
        limit(site.store, self.policy)
        self._next = fill(site.store, 0, _FILLED_BYTES)

    def during(self, site: Site) -> list[Proof]:
        self._next = fill(site.store, self._next, _FILLED_BYTES)
        evicted = site.store.number("stats", "evicted_keys") - self._evicted_before
        return [Proof(what="records evicted", seen=str(evicted), acted=evicted > 0)]

    def end(self, site: Site) -> None:
        unlimit(site.store)
        take_away(site.store, self._next)

    def after(self, site: Site) -> list[Proof]:
        refusal = site.store.refusal_of_a_write()
        return [Proof(what="a write afterwards", seen=refusal or "carried out", acted=refusal is None)]


class EvictingAllKeys(_Full):
    """Whatever was not used for longest goes, a deny list's entries among it: nobody ever writes to them."""

    name = "store-evicting-allkeys-lru"
    summary = "memory full, allkeys-lru: whose login is dropped, and does anything revoked work again?"
    effect = Effect.LOSES_SOME
    policy = "allkeys-lru"


class EvictingVolatile(_Full):
    """Only what has an end of life goes: every login has one, and so has every denial."""

    name = "store-evicting-volatile-lru"
    summary = "memory full, volatile-lru: records that never end push out logins, which do"
    effect = Effect.LOSES_SOME
    policy = "volatile-lru"


class RefusingWrites(_Full):
    """Nothing goes, and writes are refused: nobody logs in, and who is logged in stays so."""

    name = "store-full-noeviction"
    summary = "memory full, noeviction: writes are refused; is anybody logged out?"
    effect = Effect.IMPAIRED
    policy = "noeviction"

    def begin(self, site: Site) -> None:
        limit(site.store, self.policy, _MUCH_TOO_FULL)

    def during(self, site: Site) -> list[Proof]:
        refusal = site.store.refusal_of_a_write()
        return [Proof(what="a write", seen=refusal or "carried out", acted=refusal is not None)]
