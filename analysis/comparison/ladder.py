"""Cost against rate: what one more request a second costs, which is what planning needs.

CPU per request falls with the rate, since an idle event loop wakes up for every request. So the cost at one
rate says nothing of another; the slope of CPU-seconds per second on requests per second does, and its
intercept is what the process costs while nobody asks (utilisation law, Denning & Buzen 1978).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.comparison.arms import refused
from analysis.data.run import RunData
from analysis.records.summary import LadderSummary, RungSummary
from analysis.statistics.estimate import Estimate, from_replicates
from analysis.validity.finding import Finding
from analysis.validity.limits import LADDER_RATES, LINEARITY
from authbench.contracts.records import SliceRecord

PARTS = ("total", "app", "store")


@dataclass(frozen=True)
class Point:
    """One arm at one rate in one generation, its valid slices pooled."""

    offered_rps: float
    achieved_rps: float
    """User requests served a second."""
    cores: Mapping[str, float]
    """CPU-seconds a second by part; hashing passwords is not in them. NaN: not readable."""


def points(run: RunData, arm: str) -> dict[int, list[Point]]:
    """By generation: a point for each offered rate, rising; the main rate is one of them."""
    grouped: dict[int, dict[float, list[SliceRecord]]] = {}
    for judged in run.records:
        record = judged.measured
        if record.arm == arm and not judged.void_because and record.user_completed and record.window_ns > 0:
            rates = grouped.setdefault(record.generation, {})
            rates.setdefault(record.offered_rate_rps, []).append(record)
    has_store = run.asks_store(arm)
    return {
        generation: [_point(rate, records, has_store) for rate, records in sorted(rates.items())]
        for generation, rates in sorted(grouped.items())
    }


def _point(rate: float, records: Sequence[SliceRecord], has_store: bool) -> Point:
    window_ns = sum(record.window_ns for record in records)
    app_ns = sum(record.app_cpu_ns - record.password_cpu_ns for record in records)
    readable = [record.store_cpu_ns for record in records if record.store_cpu_ns is not None]
    store = sum(readable) / window_ns if len(readable) == len(records) else float("nan")
    app = app_ns / window_ns
    total = app if not has_store and np.isnan(store) else app + store
    achieved = sum(record.served for record in records) * 1e9 / window_ns
    return Point(rate, achieved, {"total": total, "app": app, "store": store})


def line(generation: Sequence[Point], part: str) -> tuple[float, float] | None:
    """(slope in us per request, intercept in cores) through the rates of one generation.

    None with fewer than three rates: two always fit. None where a figure is not readable.
    """
    rates = np.array([point.achieved_rps for point in generation])
    cores = np.array([point.cores[part] for point in generation])
    if len({point.offered_rps for point in generation}) < LADDER_RATES.value or np.isnan(cores).any():
        return None
    fitted = stats.linregress(rates, cores)
    return float(fitted.slope) * 1e6, float(fitted.intercept)


def summarize_ladder(run: RunData, arm: str, findings: Sequence[Finding]) -> LadderSummary:
    """Cost at each rate, slope and idle cost of an arm; the generation is the replicate."""
    by_generation = points(run, arm)
    rates = sorted({point.offered_rps for found in by_generation.values() for point in found})
    refusal = refused(findings, "none", [arm])
    if refusal is None and len(rates) < LADDER_RATES.value:
        refusal = (
            f"measured at {len(rates)} offered {'rate' if len(rates) == 1 else 'rates'}; "
            f"a slope needs {LADDER_RATES.value:g}: give the experiment ladder_shares"
        )
    no_store = not run.asks_store(arm)

    def fitted(part: str, place: int) -> Estimate:
        if refusal:
            return Estimate(reason=refusal)
        if part == "store" and no_store:
            return Estimate(reason="it has no store")
        lines = {generation: line(found, part) for generation, found in by_generation.items()}
        values = {generation: np.array([one[place]]) for generation, one in lines.items() if one}
        if not values:
            return Estimate(reason="no generation has the figure at enough rates")
        return from_replicates(values)

    return LadderSummary(
        rungs=[_rung(by_generation, rate, refusal) for rate in rates],
        demand_total_us=fitted("total", 0),
        demand_app_us=fitted("app", 0),
        demand_store_us=fitted("store", 0),
        idle_cores=fitted("total", 1),
        linearity=None if refusal else _linearity(by_generation),
        straight=None if refusal else (_linearity(by_generation) or 0.0) >= LINEARITY.value,
    )


def _rung(by_generation: Mapping[int, Sequence[Point]], rate: float, refusal: str | None) -> RungSummary:
    at = {
        generation: [point for point in found if point.offered_rps == rate]
        for generation, found in by_generation.items()
    }

    def cost(part: str) -> Estimate:
        values = {
            generation: np.array([point.cores[part] / point.achieved_rps * 1e6 for point in found])
            for generation, found in at.items()
            if found and not any(np.isnan(point.cores[part]) for point in found)
        }
        if refusal and refusal.startswith("V"):
            return Estimate(reason=refusal)
        return from_replicates(values) if values else Estimate(reason="it could not be read")

    every = [point for found in at.values() for point in found]
    return RungSummary(
        offered_rps=rate,
        achieved_rps=float(np.mean([point.achieved_rps for point in every])),
        app_utilisation=float(np.mean([point.cores["app"] for point in every])),
        cpu_total_us=cost("total"),
        cpu_app_us=cost("app"),
        cpu_store_us=cost("store"),
    )


def _linearity(by_generation: Mapping[int, Sequence[Point]]) -> float | None:
    """Mean R^2 of the generations' lines of the total (of the application where that is all there is)."""
    squares = []
    for found in by_generation.values():
        for part in ("total", "app"):
            if line(found, part):
                rates = [point.achieved_rps for point in found]
                squares.append(float(stats.linregress(rates, [p.cores[part] for p in found]).rvalue ** 2))
                break
    return float(np.mean(squares)) if squares else None
