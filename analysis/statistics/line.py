"""A straight line through readings (ordinary least squares), with what it says of another place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.statistics.estimate import Estimate

FEWEST = 3
"""Points: two make a line, and a third says how far off it is."""


@dataclass(frozen=True)
class Line:
    """y = start + slope x, with 95 % intervals from what the points are off the line (Student's t)."""

    start: float
    slope: float
    _half: float
    _spread: float
    _t: float
    _points: int
    _mean_x: float
    _sum_squares_x: float

    @property
    def slope_estimate(self) -> Estimate:
        """The slope with its interval."""
        return Estimate(value=self.slope, low=self.slope - self._half, high=self.slope + self._half)

    def predict(self, x: float) -> tuple[float, float, float]:
        """What one further reading at x should be: value, and both ends of its 95 % interval."""
        value = self.start + self.slope * x
        around = 1 + 1 / self._points + (x - self._mean_x) ** 2 / self._sum_squares_x
        half = self._t * math.sqrt(self._spread * around)
        return value, value - half, value + half


def line_through(x: Sequence[float], y: Sequence[float]) -> Line | None:
    """The line; None for fewer than `FEWEST` points, or all of them at one place."""
    points = len(x)
    if points < FEWEST or len(y) != points or min(x) == max(x):
        return None
    from scipy import stats  # a second to import, and who reads summaries needs no line

    at, values = np.array(x, float), np.array(y, float)
    slope, start = (float(each) for each in np.polyfit(at, values, 1))
    spread = float(((values - (start + slope * at)) ** 2).sum() / (points - 2))
    squares = float(((at - at.mean()) ** 2).sum())
    t = float(stats.t.ppf(0.975, points - 2))
    return Line(start, slope, t * math.sqrt(spread / squares), spread, t, points, float(at.mean()), squares)
