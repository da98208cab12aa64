"""A flood of wrong logins from one address: many connections that guess at once, until it is stopped."""

import contextlib
import secrets
import threading
from collections import Counter
from collections.abc import Iterator

from authbench.contracts.failure import Failure
from loadtests.attacks.guessing.accounts import Guesser
from loadtests.attacks.laboratory.lab import AttackLab

_CONNECTIONS = 40
"""More than hash passwords and wait for it (18 by default), so that an unprotected queue is full."""
_PAUSE_S = 0.1
_SENDING_S = 20.0


class Flood:
    """Each guess is a password of its own, so that no brake on one password notices. Use it as a context."""

    def __init__(self, lab: AttackLab, names: Iterator[str]) -> None:
        self._lab = lab
        self._names = names
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._statuses: Counter[int] = Counter()
        self._threads = [threading.Thread(target=self._guess, daemon=True) for _ in range(_CONNECTIONS)]

    def answered(self, *statuses: int) -> int:
        """How many guesses were answered with one of these."""
        with self._lock:
            return sum(self._statuses[status] for status in statuses)

    def __enter__(self) -> "Flood":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(_SENDING_S)

    def _guess(self) -> None:
        # The attack itself says that the command was interrupted.
        with contextlib.suppress(Failure), self._lab.target.connect() as connection:
            guesser = Guesser(self._lab, connection)
            while not self._stopped.wait(_PAUSE_S):
                with self._lock:
                    name = next(self._names)
                reply = guesser.guess(name, secrets.token_urlsafe(12))
                with self._lock:
                    self._statuses[reply.status] += 1
