"""Repeat a revocation that the server could not carry out: a 503 says that it can be asked again."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from loadtests.revocation.site import NotRevoked

_WAIT_S = 20.0
"""How long one revocation is repeated. On a busy machine a store is late for seconds, not for minutes."""
_PAUSE_S = 0.5

_T = TypeVar("_T")


class Patience:
    """The patience of one cell, for all its threads: after one revocation in vain no other one is waited for.

    A repeated revocation begins anew, with another account and a fresh login. So nothing of a window is lost
    and none becomes shorter: the call that was answered with 503 promised no end of the credential, and the
    window of the one that is reported begins at the return of its own call.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._in_vain = threading.Event()
        self.repeated: list[str] = []
        """Why, for each time that a revocation was repeated."""

    def until_carried_out(self, revoke: Callable[[int], _T]) -> _T:
        """What `revoke` gives; it is told how often it was tried before. NotRevoked as it says in the end."""
        until_s = self._clock() + _WAIT_S
        tried = 0
        while True:
            try:
                return revoke(tried)
            except NotRevoked as error:
                if not error.ask_again or self._in_vain.is_set():
                    raise
                if self._clock() >= until_s:
                    self._in_vain.set()
                    raise
                self.repeated.append(str(error))
            self._sleep(_PAUSE_S)
            tried += 1
