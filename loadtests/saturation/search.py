"""The search for the highest rate that keeps an objective: MLRsearch, wrapped.

The only module that knows the package (Multiple Loss Ratio search, draft-ietf-bmwg-mlrsearch; alpha, so its
faults are caught here). A trial is bad where more than the goal's share of its requests is lost; a request
counts as lost where it misses the objective. Loads are requests a second.
"""

from collections.abc import Callable
from dataclasses import dataclass

from MLRsearch import (
    AbstractMeasurer,
    Config,
    MeasurementResult,
    MultipleLossRatioSearch,
    SearchGoal,
)

from authbench.contracts.saturation.trial import Effort

_NO_LIMIT_S = 1e9
"""The package's own limit of time. The caller has one, and its measurements take their turn."""


@dataclass(frozen=True)
class Counted:
    """One trial as the search sees it."""

    scheduled: int
    lost: int


Measure = Callable[[float, float], Counted]
"""(seconds, requests a second) -> a valid trial. What it raises ends the search, and comes out of it."""


class _Measurer(AbstractMeasurer):
    """The package's view of a function that measures."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure

    def measure(self, intended_duration: float, intended_load: float) -> MeasurementResult:
        counted = self._measure(intended_duration, intended_load)
        return MeasurementResult(
            intended_duration=intended_duration,
            intended_load=intended_load,
            offered_count=counted.scheduled,
            loss_count=counted.lost,
        )


class SearchFault(Exception):
    """The package gave up; the text is its own."""


def search(
    measure: Measure, loss_share: float, effort: Effort, lowest_rps: float, highest_rps: float
) -> None:
    """Measure at rates between the two until the bracket of the goal is narrow enough.

    Bounds are computed from the trials (`analysis.saturation.bracket`), so nothing is returned. SearchFault
    where the package fails.
    """
    config = Config()
    config.min_load, config.max_load = lowest_rps, highest_rps
    config.warmup_duration, config.search_duration_max = 0.0, _NO_LIMIT_S
    config.goals = [
        SearchGoal(
            loss_ratio=loss_share,
            exceed_ratio=effort.exceed_share,
            relative_width=effort.relative_width,
            initial_trial_duration=effort.initial_trial_s,
            final_trial_duration=effort.final_trial_s,
            duration_sum=effort.duration_sum_s,
            fail_fast=False,  # a lowest rate that is too high is an answer
        )
    ]
    try:
        MultipleLossRatioSearch(config=config).search(measurer=_Measurer(measure), debug=lambda _: None)
    except (RuntimeError, ValueError) as error:
        raise SearchFault(f"the search failed: {error}") from error
