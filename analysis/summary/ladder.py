"""Cost against rate: what one more request a second costs, which is what planning needs.

CPU per request falls with the rate, since an idle event loop wakes up for every request. So the cost at one
rate says nothing of another; the slope of CPU-seconds per second on requests per second does, and its
intercept is what the process costs while nobody asks (utilisation law, Denning & Buzen 1978).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import stats

from analysis.data.rates import Point, points
from analysis.records.summary import LadderSummary, RungSummary
from analysis.statistics.estimate import Estimate, from_replicates
from analysis.summary.judged_run import JudgedRun
from analysis.validity.limits import LADDER_RATES, LINEARITY
from authbench.words.counting import counted

ByGeneration = Mapping[int, Sequence[Point]]


def line(generation: Sequence[Point], part: str) -> tuple[float, float, float] | None:
    """(slope in us per request, intercept in cores, R^2) through the rates of one generation.

    None with fewer than three rates: two always fit. None where a figure is not readable.
    """
    rates = np.array([point.achieved_rps for point in generation])
    cores = np.array([point.cores[part] for point in generation])
    if len({point.offered_rps for point in generation}) < LADDER_RATES.value or np.isnan(cores).any():
        return None
    fitted = stats.linregress(rates, cores)
    return float(fitted.slope) * 1e6, float(fitted.intercept), float(fitted.rvalue**2)


def summarize_ladder(run: JudgedRun, arm: str) -> LadderSummary:
    """Cost at each rate, slope and idle cost of an arm; the generation is the replicate.

    A rule that objects to the arm's cost takes the slope, which is a conclusion, and leaves the figures.
    """
    found = points(run.data, arm)
    rates = sorted({point.offered_rps for generation in found.values() for point in generation})
    few = run.refused("cost", arm)
    if not few and len(rates) < LADDER_RATES.value:
        measured = f"measured at {counted(len(rates), 'offered rate')}"
        few = f"{measured}; a slope needs {LADDER_RATES.value:g}: give the experiment ladder_shares"

    def fitted(part: str, place: int = 0) -> Estimate:
        if few:
            return Estimate(reason=few)
        lines = {generation: line(at, part) for generation, at in found.items()}
        values = {generation: [one[place]] for generation, one in lines.items() if one}
        missing = Estimate(reason="no generation has the figure at enough rates")
        return from_replicates(values) if values else missing

    no_store = None if arm in run.data.with_store or few else Estimate(reason="it has no store")
    linearity = None if few else _linearity(found)
    return LadderSummary(
        rungs=[_rung(found, rate) for rate in rates],
        demand_total_us=fitted("total"),
        demand_app_us=fitted("app"),
        demand_store_us=no_store or fitted("store"),
        idle_cores=fitted("total", 1),
        linearity=linearity,
        straight=None if few else (linearity or 0.0) >= LINEARITY.value,
    )


def _rung(found: ByGeneration, rate: float) -> RungSummary:
    at = {number: [one for one in ladder if one.offered_rps == rate] for number, ladder in found.items()}

    def cost(part: str) -> Estimate:
        values = {
            generation: [point.cores[part] / point.achieved_rps * 1e6 for point in own]
            for generation, own in at.items()
            if own and not any(np.isnan(point.cores[part]) for point in own)
        }
        return from_replicates(values) if values else Estimate(reason="it could not be read")

    every = [point for own in at.values() for point in own]
    return RungSummary(
        offered_rps=rate,
        achieved_rps=float(np.mean([point.achieved_rps for point in every])),
        app_utilisation=float(np.mean([point.cores["app"] for point in every])),
        cpu_total_us=cost("total"),
        cpu_app_us=cost("app"),
        cpu_store_us=cost("store"),
    )


def _linearity(found: ByGeneration) -> float | None:
    """Mean R^2 of the generations' lines of the total (of the application where that is all there is)."""
    lines = (line(ladder, "total") or line(ladder, "app") for ladder in found.values())
    squares = [fitted[2] for fitted in lines if fitted]
    return float(np.mean(squares)) if squares else None
