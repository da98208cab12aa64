"""Slow down spraying: trying one password on many accounts, which a count for each account does not notice.

Once a password has failed on twenty accounts within an hour, from devices unknown to them, attempts with it
wait as those of `servers.passwords.throttle` do: about a hundred accounts an hour. Only failures count: any
number of people may have the same right password. A known device, or somebody who is logged in, neither waits
nor counts.

A user whose right password is being sprayed waits with the guesser on a new device: letting right passwords
through would tell which are right. Each process counts for itself. Leaked pairs of account and password are
not noticed: that would take a count for each address, which honest users would feel.
"""

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from servers.contract.errors import TooManyAttempts
from servers.passwords.throttle import FORGET_S, Begun, Count, delay_s

FREE_ACCOUNTS = 20
"""Accounts on which one password may fail within `FORGET_S` before delays start. Our choice: strangers seldom
mistype alike."""
_ACCOUNTS = FREE_ACCOUNTS + 6
"""Accounts remembered for one password: enough for the longest wait."""
_PASSWORDS = 20_000
"""Passwords remembered, about 10 MB: the one that failed least recently is forgotten first."""


@dataclass(slots=True)
class _Password(Count):
    failed_s: dict[bytes, float] = field(default_factory=dict)
    """Account -> when the password failed on it, the oldest first."""


class SprayBrake:
    """Failures of one process. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Passwords are kept as digests that only this process can make.
        self._key = secrets.token_bytes(32)
        self._passwords: OrderedDict[bytes, _Password] = OrderedDict()

    def begin(self, password: str) -> Begun:
        """Begin an attempt. `TooManyAttempts` if the password is being sprayed and this comes too soon."""
        now = self._clock()
        # A password that has not failed is not remembered: right ones take no memory.
        count = self._passwords.get(self._digest(password)) or _Password(now)
        _forget(count, now)
        wait_s = count.last_s + delay_s(len(count.failed_s), FREE_ACCOUNTS) - now
        if wait_s > 0:
            raise TooManyAttempts(wait_s)
        return Begun.now(count, now)

    def failed(self, username: str, password: str) -> None:
        """The password was wrong for this account, or there is no such account."""
        now = self._clock()
        digest = self._digest(password)
        count = self._passwords.setdefault(digest, _Password(now))
        _forget(count, now)
        count.last_s = now
        account = self._digest(username)
        count.failed_s.pop(account, None)
        count.failed_s[account] = now
        if len(count.failed_s) > _ACCOUNTS:
            del count.failed_s[next(iter(count.failed_s))]
        self._passwords.move_to_end(digest)
        if len(self._passwords) > _PASSWORDS:
            self._passwords.popitem(last=False)

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()


def _forget(count: _Password, now: float) -> None:
    while count.failed_s and now - next(iter(count.failed_s.values())) >= FORGET_S:
        del count.failed_s[next(iter(count.failed_s))]
