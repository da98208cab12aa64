"""Log why requests were answered 503. The client is told less."""

import logging
import time
from collections.abc import Callable

from authbench.contracts.masking import masked

_EVERY_S = 1.0
"""While a store is away every request fails: one line a second says as much as a thousand."""


class CauseLog:
    """The logger `authbench.store`, at most one line a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = logging.getLogger("authbench.store")
        self._clock = clock
        self._due_s = float("-inf")
        self._skipped = 0

    def log(self, answer: str, cause: BaseException) -> None:
        """Log the answer and its cause, which holds no secret, or count it for the next line."""
        now_s = self._clock()
        if now_s < self._due_s:
            self._skipped += 1
            return
        more = f" (and {self._skipped} more since the last line)" if self._skipped else ""
        self._log.warning("503 %s Cause: %s%s", answer, masked(str(cause)) or type(cause).__name__, more)
        self._due_s = now_s + _EVERY_S
        self._skipped = 0
