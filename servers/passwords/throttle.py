"""Slow down password guessing, for each account and not for each address: guessers have many addresses.

Ten failed attempts are free; after that each waits twice as long as the one before, up to 45 s: less than a
hundred in an hour (ASVS 4.0 2.2.1, NIST SP 800-63B section 3.2.2). A guesser locks nobody out: a device that
has logged in to the account before carries a device cookie, and has its own count (OWASP, "Slow Down Online
Guessing Attacks with Device Cookies").

An attempt counts as failed when it begins: of a thousand guesses sent at once, ten are tried. Unknown names
are counted like known ones. Each process counts for itself: several workers allow so much each.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from servers.contract.errors import TooManyAttempts

FREE = 10
"""Failed attempts allowed before delays start."""
LONGEST_S = 45.0
FORGET_S = 3600.0
"""A count starts again after so long without an attempt."""
_ACCOUNTS = 100_000
"""Counts kept, about 20 MB: the least recently used is forgotten first."""


@dataclass(slots=True)
class Count:
    """What an attempt is counted in."""

    last_s: float
    """When the last attempt began, or failed."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that has begun and can be undone."""

    count: Count
    before_s: float
    at_s: float

    @classmethod
    def now(cls, count: Count, now_s: float) -> Self:
        """Begin an attempt: the wait of the next one starts now."""
        begun = cls(count, count.last_s, now_s)
        count.last_s = now_s
        return begun

    def undo(self) -> None:
        """Let the next attempt not wait for this one, unless another has begun since."""
        if self.count.last_s == self.at_s:
            self.count.last_s = self.before_s


@dataclass(slots=True)
class _Count(Count):
    key: bytes
    failed: int = 0


class LoginThrottle:
    """Counts of one process. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: OrderedDict[bytes, _Count] = OrderedDict()

    def begin(self, username: str, device: str = "") -> Begun:
        """Begin an attempt, from a known device or, with an empty `device`, from any other.

        `TooManyAttempts` if it comes too soon; such an attempt is not counted.
        """
        # A digest, because some names are mistyped passwords: this memory holds none.
        key = hashlib.sha256(f"{len(username)}:{username}{device}".encode("utf-8", "surrogatepass")).digest()
        now = self._clock()
        count = self._counts.get(key)
        if count is None or now - count.last_s >= FORGET_S:
            count = self._counts[key] = _Count(now, key)
        wait_s = count.last_s + delay_s(count.failed, FREE) - now
        if wait_s > 0:
            raise TooManyAttempts(wait_s)
        count.failed += 1
        self._counts.move_to_end(key)
        if len(self._counts) > _ACCOUNTS:
            self._counts.popitem(last=False)
        return Begun.now(count, now)

    def succeeded(self, attempt: Begun) -> None:
        """The password was right: start the count again."""
        count = self._current(attempt)
        if count is not None:
            del self._counts[count.key]

    def cancelled(self, attempt: Begun) -> None:
        """The password was never tried: take the attempt back."""
        count = self._current(attempt)
        if count is not None:
            attempt.undo()
            count.failed -= 1
            if count.failed == 0:
                del self._counts[count.key]

    def _current(self, attempt: Begun) -> _Count | None:
        """The count of the attempt, unless it has started again or was forgotten since."""
        count = attempt.count
        assert isinstance(count, _Count)  # noqa: S101 - it was begun here
        return count if self._counts.get(count.key) is count else None


def delay_s(failed: int, free: int) -> float:
    """How long the next attempt must wait after so many failed ones, of which `free` cause no delay."""
    if failed < free:
        return 0.0
    return min(2.0 ** min(failed - free, 16), LONGEST_S)
