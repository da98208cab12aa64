"""When this process last told a store that a record is in use: so that it need not do so every time."""

import time
from collections import OrderedDict
from collections.abc import Callable

_LIMIT = 65_536
"""About 16 MB. What was forgotten is told once too often, which harms nobody."""


class Touches:
    """The time of the last touch by key, at most `limit` of them: the oldest goes first."""

    def __init__(
        self, after_s: float, limit: int = _LIMIT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._after_s = after_s
        self._limit = limit
        self._clock = clock
        self._last: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._last)

    def due(self, key: str) -> bool:
        """Whether the last touch was `after_s` seconds ago, or is not known of."""
        last = self._last.get(key)
        return last is None or last + self._after_s <= self._clock()

    def done(self, key: str) -> None:
        """Note a touch."""
        self._last[key] = self._clock()
        self._last.move_to_end(key)
        if len(self._last) > self._limit:
            self._last.popitem(last=False)
