"""Why requests were answered 503: said in the log, because a client is told no more than that they were."""

import logging
import time
from collections.abc import Callable

from authbench.contracts.masking import masked

_EVERY_S = 1.0
"""A store that is away fails every request: one line a second tells as much as a thousand."""


class CauseLog:
    """The logger `authbench.store`, one line a second at most. Costs nothing while nothing fails."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = logging.getLogger("authbench.store")
        self._clock = clock
        self._due_s = float("-inf")
        self._untold = 0

    def tell(self, what: str, cause: BaseException) -> None:
        """One more request was answered 503, because of this. `cause` holds no secret: whoever raised it
        took out what was sent (`authbench.system.store_server.told`).
        """
        now_s = self._clock()
        if now_s < self._due_s:
            self._untold += 1
            return
        more = f" (and {self._untold} more since the line before)" if self._untold else ""
        self._log.warning("503, %s: %s%s", what, masked(str(cause)) or type(cause).__name__, more)
        self._due_s = now_s + _EVERY_S
        self._untold = 0
