"""An estimate with the interval that it comes with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A value and the two ends of its interval; 95 % unless its maker was asked for another confidence."""

    value: float
    low: float
    high: float

    def above(self, margin: float) -> bool:
        """Whether all of the interval lies above the margin: what decides an outcome."""
        return self.low > margin

    def below(self, margin: float) -> bool:
        return self.high < margin
