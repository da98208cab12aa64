"""The run itself, cycle by cycle: what each arm cost, how late the generator was, how much was stolen."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.data.rows import SliceKey
from analysis.data.run import RunData, cpu_us_per_request
from authbench.contracts.records import JudgedSlice, SliceRecord

SEPARATOR = "; "
"""Between the codes of rules: a code may have a space in it."""


@dataclass(frozen=True)
class CyclePoint:
    """One arm in one cycle of the main rate."""

    generation: int
    cycle: int
    number: int
    """Of the cycle, from 1, in the order measured."""
    at_s: float | None
    """Seconds from the run's beginning to the cycle's middle; None: the run's times were not recorded."""
    arm: str
    cost_us: float | None
    """CPU per request in the run's primary metric; None: no valid slice, or not readable."""
    cost_ratio: float | None
    """By the arm's mean over the run: 1.1 is a tenth dearer than usual."""
    lateness_p99_ms: float | None
    """Of sent - due; None: no rows were kept, or a closed loop."""
    steal: float
    """Share of wall time stolen from the processor that lost most, the worst of all attempts."""
    void: str
    """Codes of the rules that voided an attempt, 'V03; V10'; empty: the first one counts."""
    tags: str
    """Codes of the rules that remark on the slice that counts: it was disturbed."""


def timeline(run: RunData) -> list[CyclePoint]:
    """List the points of every arm and cycle, in the order measured. Empty: nothing can be read."""
    cycles: dict[tuple[int, int], list[JudgedSlice]] = {}
    for judged in run.main:
        cycles.setdefault((judged.measured.generation, judged.measured.cycle), []).append(judged)
    times = _times(run, list(cycles))
    costs = {
        (r.generation, r.cycle, r.arm): cost
        for r in run.valid
        if (cost := _cost(run, r)) is not None and cost > 0
    }
    means = {
        arm: float(np.mean([cost for (_, _, one), cost in costs.items() if one == arm] or [np.nan]))
        for arm in run.arms
    }
    points = []
    for number, (place, attempts) in enumerate(cycles.items(), start=1):
        for arm in run.arms:
            own = [judged for judged in attempts if judged.measured.arm == arm]
            if own:
                cost = costs.get((*place, arm))
                points.append(_point(run, own, number, times.get(place), cost, means[arm]))
    return points


def _cost(run: RunData, record: SliceRecord) -> float | None:
    cost = cpu_us_per_request(record, record.arm in run.with_store)
    value = cost.app if run.primary_metric == "cpu_app_us" else cost.total
    return value if np.isfinite(value) else None


def _point(
    run: RunData, own: list[JudgedSlice], number: int, at_s: float | None, cost: float | None, mean: float
) -> CyclePoint:
    valid = next((judged for judged in own if not judged.void_because), None)
    record = own[0].measured
    return CyclePoint(
        generation=record.generation,
        cycle=record.cycle,
        number=number,
        at_s=at_s,
        arm=record.arm,
        cost_us=cost,
        cost_ratio=None if cost is None else cost / mean,
        lateness_p99_ms=_lateness(run, valid.measured) if valid else None,
        steal=max((share for one in own for share in one.measured.steal.values()), default=0.0),
        void=SEPARATOR.join(dict.fromkeys(code for one in own for code in one.void_because)),
        tags=SEPARATOR.join(valid.tags) if valid else "",
    )


def _lateness(run: RunData, record: SliceRecord) -> float | None:
    if run.manifest.workload.loop == "closed":
        return None
    key = SliceKey(record.generation, record.cycle, record.arm, record.position)
    if key not in run.rows.slices:
        return None
    rows = run.rows.columns_of(key)
    sent = rows["sent_ns"]
    late = (sent - rows["due_ns"])[sent >= 0]
    return float(np.percentile(late, 99)) / 1e6 if len(late) else None


def _times(run: RunData, cycles: list[tuple[int, int]]) -> dict[tuple[int, int], float]:
    """Place each cycle's middle in the run's time: a generation's cycles, evenly over the time they took."""

    def placed() -> Iterator[tuple[tuple[int, int], float]]:
        before_s = 0.0
        for times in run.manifest.times:
            start_s = before_s + sum(times.start_s.values())
            own = [place for place in cycles if place[0] == times.generation]
            for count, place in enumerate(own):
                yield place, start_s + (count + 0.5) / len(own) * times.cycles_s
            before_s = times.elapsed_s

    found = dict(placed())
    return found if len(found) == len(cycles) else {}
