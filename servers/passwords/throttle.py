"""How often a password may be guessed. For each account, not for each address: guessers have many addresses.

Ten mistakes are free; after that each attempt waits twice as long as the one before, up to 45 s: less than a
hundred in an hour (ASVS 4.0 2.2.1, NIST SP 800-63B section 3.2.2). Nobody is locked out by somebody else:
whoever has logged in to the account before carries a device cookie, and has a count of their own (OWASP,
"Slow Down Online Guessing Attacks with Device Cookies").

An attempt counts as a mistake when it begins: of a thousand guesses sent at once, ten are tried. Unknown
names are counted like known ones. Counts are of this process: several workers allow so much each.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

from servers.contract.errors import TooManyAttempts

FREE = 10
"""Mistakes without consequences."""
LONGEST_S = 45.0
FORGET_S = 3600.0
"""After so long without an attempt a count begins anew."""
_ACCOUNTS = 100_000
"""Counts kept: the one used least recently is forgotten first. About 20 MB."""


class Count(Protocol):
    """What an attempt is counted in."""

    last_s: float


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that has begun, and can be taken back."""

    count: Count
    before_s: float
    at_s: float

    @classmethod
    def now(cls, count: Count, now_s: float) -> Self:
        """Begin one: the next must wait from here on."""
        begun = cls(count, count.last_s, now_s)
        count.last_s = now_s
        return begun

    def undo(self) -> None:
        """It was never made: the next need not wait for it. Unless another has begun since."""
        if self.count.last_s == self.at_s:
            self.count.last_s = self.before_s


@dataclass(slots=True)
class _Count:
    key: bytes
    mistakes: int
    last_s: float


class LoginThrottle:
    """Counts of one process. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: OrderedDict[bytes, _Count] = OrderedDict()

    def begin(self, username: str, device: str = "") -> Begun:
        """Begin an attempt, from a known device or from anywhere; what the other calls take.

        `TooManyAttempts` if it comes too soon; such an attempt does not count.
        """
        # A digest: who reads this memory finds no names that were mistyped passwords.
        key = hashlib.sha256(f"{len(username)}:{username}{device}".encode("utf-8", "surrogatepass")).digest()
        now = self._clock()
        count = self._counts.get(key)
        if count is None or now - count.last_s >= FORGET_S:
            count = self._counts[key] = _Count(key, 0, now)
        wait_s = count.last_s + delay_s(count.mistakes, FREE) - now
        if wait_s > 0:
            raise TooManyAttempts(wait_s)
        count.mistakes += 1
        self._counts.move_to_end(key)
        if len(self._counts) > _ACCOUNTS:
            self._counts.popitem(last=False)
        return Begun.now(count, now)

    def succeeded(self, attempt: Begun) -> None:
        """The password was right: this count begins anew."""
        count = self._current(attempt)
        if count is not None:
            del self._counts[count.key]

    def cancelled(self, attempt: Begun) -> None:
        """The password was never tried: as if it had not begun."""
        count = self._current(attempt)
        if count is not None:
            attempt.undo()
            count.mistakes -= 1
            if count.mistakes == 0:
                del self._counts[count.key]

    def _current(self, attempt: Begun) -> _Count | None:
        """The count of the attempt, unless it has begun anew or was forgotten since."""
        count = attempt.count
        assert isinstance(count, _Count)  # noqa: S101 - it was begun here
        return count if self._counts.get(count.key) is count else None


def delay_s(mistakes: int, free: int) -> float:
    """How long after so many mistakes, `free` of them without consequences, the next attempt must wait."""
    if mistakes < free:
        return 0.0
    return min(2.0 ** min(mistakes - free, 16), LONGEST_S)
