"""A figure with its interval as the summary carries it: JSON knows no infinity."""

import math
from typing import TYPE_CHECKING

from pydantic import Field

from analysis.validity.limits import CONFIDENCE
from authbench.contracts.records import Record

if TYPE_CHECKING:
    from analysis.statistics.intervals import ByGeneration


class Estimate(Record):
    """A figure with its 95% interval, or the reason why there is none."""

    value: float | None = None
    low: float | None = Field(default=None, description="null: unknown, or no figure")
    high: float | None = Field(default=None, description="null: unknown, or no figure")
    reason: str | None = Field(default=None, description="why value is null")


def finite(value: float) -> float | None:
    """None for what JSON cannot carry: an interval without an end."""
    return value if math.isfinite(value) else None


def from_replicates(values: "ByGeneration") -> Estimate:
    """Mean of cycles nested in generations with its 95% interval."""
    # Not above: it imports scipy, which takes a second, and most who read summaries compute no interval.
    from analysis.statistics.intervals import nested_interval

    interval = nested_interval(values, CONFIDENCE.value)
    return Estimate(value=interval.estimate, low=finite(interval.low), high=finite(interval.high))


def share_of(part: Estimate, whole: Estimate) -> float | None:
    """Part by whole; None where the whole may be nothing: its interval reaches zero, or it has none."""
    if part.value is None or whole.value is None or whole.low is None or whole.low <= 0:
        return None
    return part.value / whole.value


def apart(one: Estimate, other: Estimate) -> bool:
    """Whether two intervals have no value in common; False where one of them is missing."""
    ends = one.low, one.high, other.low, other.high
    if None in ends:
        return False
    low, high, other_low, other_high = (end for end in ends if end is not None)
    return high < other_low or other_high < low


def without_interval(one: Estimate) -> Estimate:
    """Give the figure without its interval."""
    return one.model_copy(update={"low": None, "high": None})
