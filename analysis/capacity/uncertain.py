"""Carry measured intervals through a formula: Monte Carlo over the inputs (JCGM 101:2008).

Each measured input is drawn from a normal distribution with the measured value as its mean and its 95 %
interval as +- 1.96 standard deviations; a figure's interval holds the middle 95 % of the results. Arms of a
run share what disturbed them, so their costs are drawn as the control's cost, once for all arms, plus each
arm's own paired difference. The draws of an input depend on its name alone: another demand has the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from analysis.capacity.plan_record import Input, Quantity
from analysis.statistics.estimate import Estimate

_DRAWS = 10_000
_Z = 1.959964
METHOD = (
    "Intervals: 95 %, Monte Carlo over the measured intervals, 10,000 draws (JCGM 101:2008). An arm's cost "
    "is the control's, drawn once for all arms, plus the arm's own difference, paired by cycle."
)


@dataclass(frozen=True)
class Uncertain:
    """One input of a formula: its value, its draws, and where it comes from. Exact ones have one draw."""

    value: float
    draws: npt.NDArray[np.float64]
    shown: Input

    def __add__(self, other: "Uncertain") -> "Uncertain":
        """Their sum; it is shown under the name and source of the first."""
        value, draws = self.value + other.value, self.draws + other.draws
        low, high = middle(draws)
        source = f"{self.shown.source} + {other.shown.source}"
        shown = self.shown.model_copy(update={"value": value, "low": low, "high": high, "source": source})
        return Uncertain(value, draws, shown)

    def named(self, name: str) -> "Uncertain":
        """Return this input under another name."""
        return Uncertain(self.value, self.draws, self.shown.model_copy(update={"name": name}))


def exact(name: str, value: float, unit: str, source: str) -> Uncertain:
    """A number that was given or counted."""
    return Uncertain(value, np.array([value]), Input(name=name, value=value, unit=unit, source=source))


def measured(name: str, of: Estimate, unit: str, source: str, *, key: str) -> Uncertain | None:
    """A measured figure; None where there is none, or it has no interval.

    `key` names the figure in the run: the same key, the same draws.
    """
    if of.value is None or of.low is None or of.high is None:
        return None
    source_of_chance = np.random.default_rng(crc32(key.encode()))
    draws = source_of_chance.normal(of.value, (of.high - of.low) / 2 / _Z, _DRAWS)
    shown = Input(name=name, value=of.value, low=of.low, high=of.high, unit=unit, source=source)
    return Uncertain(of.value, draws, shown)


def quantity(
    name: str,
    label: str,
    unit: str,
    formula: Callable[..., object],
    inputs: dict[str, Uncertain],
    *,
    words: str,
    refused: str = "",
) -> Quantity:
    """The formula at the inputs' values, with the interval that their draws give.

    `words`: the formula as a reader sees it. `refused`: why the figure may not be used.
    """
    value = float(formula(**{key: one.value for key, one in inputs.items()}))  # type: ignore[arg-type]
    low, high = middle(np.asarray(formula(**{key: one.draws for key, one in inputs.items()}), float))
    return Quantity(
        name=name,
        label=label,
        unit=unit,
        value=_finite(value),
        low=_finite(low),
        high=_finite(high),
        formula=words,
        inputs=[one.shown for one in inputs.values()],
        refused=refused,
    )


def middle(draws: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The ends of the middle 95 %. 'lower' and 'higher' make no number that was not drawn."""
    low = np.quantile(draws, 0.025, method="lower")
    high = np.quantile(draws, 0.975, method="higher")
    return float(low), float(high)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
