"""Claims kept in this process, so that a repeated read asks no store: bounded, and never kept by mistake.

Two questions decide whether claims that were read may be kept, and both are asked here. Was their key dropped
while the read was under way? Then they may be older than the drop. And until when may they be used? Never
past their own `exp`, and not longer than `keep_s` after the read began.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from servers.contract.claims import Claims


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The placeholder of one key whose value is being read. It is void once the key is dropped."""

    key: str
    until: float


@dataclass(frozen=True, slots=True)
class _Kept:
    claims: Claims
    until: float


class NearCache:
    """Claims by key, at most `limit` of them: the one that was not asked for longest goes first.

    Usage: `begin` in the same step of the loop in which the read is sent, then `keep` or `abandon`. Nothing
    suspends, so each operation is one step. `clock` is monotonic, `wall_clock` is the one `exp` is told by.
    """

    def __init__(
        self,
        limit: int,
        keep_s: float = float("inf"),
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._limit = limit
        self._keep_s = keep_s
        self._clock = clock
        self._wall_clock = wall_clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._of_user: dict[str, set[str]] = {}
        self._reading: dict[str, Reading] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> Claims | None:
        """The claims kept under `key`, if they may still be used."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.until <= self._clock() or kept.claims.exp <= self._wall_clock():
            self._remove(key)
            return None
        self._kept.move_to_end(key)
        return kept.claims

    def begin(self, key: str) -> Reading:
        """Note that `key` is being read. Who reads it meanwhile too gets a placeholder of its own."""
        reading = Reading(key, self._clock() + self._keep_s)
        # The latest has the place: it is the one whose value is certain to be no older than the others'.
        self._reading[key] = reading
        return reading

    def keep(self, reading: Reading, claims: Claims) -> None:
        """Keep what was read, unless the key was dropped since, or another read of it began."""
        if self._reading.get(reading.key) is not reading:
            return
        del self._reading[reading.key]
        self._remove(reading.key)
        self._kept[reading.key] = _Kept(claims, reading.until)
        self._of_user.setdefault(claims.sub, set()).add(reading.key)
        if len(self._kept) > self._limit:
            self._remove(next(iter(self._kept)))

    def abandon(self, reading: Reading) -> None:
        """Forget the placeholder of a read that gave nothing to keep; harmless after `keep`."""
        if self._reading.get(reading.key) is reading:
            del self._reading[reading.key]

    def drop(self, keys: Iterable[str]) -> None:
        """Forget keys, and whatever is being read of them."""
        for key in keys:
            self._reading.pop(key, None)
            self._remove(key)

    def drop_user(self, sub: str) -> None:
        """Forget everything of a user. Whose values are being read is not known: none of those is kept."""
        self._reading.clear()
        for key in list(self._of_user.get(sub, ())):
            self._remove(key)

    def clear(self) -> None:
        """Forget everything, and whatever is being read."""
        self._reading.clear()
        self._kept.clear()
        self._of_user.clear()

    def _remove(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        if kept is None:
            return
        keys = self._of_user[kept.claims.sub]
        keys.discard(key)
        if not keys:
            del self._of_user[kept.claims.sub]
