"""A stopwatch: where the seconds of a generation's start go."""

import time
from collections.abc import Callable


class Stopwatch:
    """Adds up seconds of wall time by step. Steps follow one another, so they add up to the whole."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._since_s = clock_s()
        self._steps: dict[str, float] = {}

    def lap(self, step: str) -> None:
        """Give the seconds since the last call to this step."""
        now_s = self._clock_s()
        self._steps[step] = self._steps.get(step, 0.0) + now_s - self._since_s
        self._since_s = now_s

    def skip(self) -> None:
        """Give the seconds since the last call to no step."""
        self._since_s = self._clock_s()

    def take(self) -> dict[str, float]:
        """The seconds of every step so far, in the order in which they began; then begin anew."""
        taken, self._steps = self._steps, {}
        self.skip()
        return taken
