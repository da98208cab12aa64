"""When a run has measured enough: decided by the width of its primary interval, never by its position."""

import math
from collections.abc import Sequence

from analysis.statistics.intervals import Ratio, nested_ratio, ratio_minus_one
from analysis.statistics.noise_floor import differing_twins
from analysis.validity.limits import CYCLES_LEAST
from authbench.contracts.experiment import Experiment
from authbench.contracts.records import JudgedSlice


def primary_ratio(slices: Sequence[JudgedSlice], experiment: Experiment) -> Ratio | None:
    """Ratio of total CPU per request of the first pair to be compared; None before there is one."""
    if not experiment.compare:
        return None
    logs = cycle_log_ratios(slices, experiment, *experiment.compare[0])
    return nested_ratio(logs) if logs else None


def cycle_log_ratios(
    slices: Sequence[JudgedSlice], experiment: Experiment, a: str, b: str
) -> dict[int, list[float]]:
    """By generation: ln(a / b) of total CPU per request, of each whole cycle at the main rate.

    The application's CPU alone where the store's cannot be read. Asked after every slice, so it goes without
    the tables of `analysis.data.run`; the figure is the same.
    """
    unreadable = any(judged.measured.store_cpu_ns is None for judged in slices)
    cycles: dict[tuple[int, int], dict[str, float]] = {}
    for judged in slices:
        record = judged.measured
        if judged.void_because or record.purpose != "main" or not record.user_completed:
            continue
        store_cpu_ns = 0 if unreadable else record.store_cpu_ns or 0
        cpu_ns = record.app_cpu_ns - record.password_cpu_ns + store_cpu_ns
        cycles.setdefault((record.generation, record.cycle), {})[record.arm] = cpu_ns / record.served
    arms = {arm.label for arm in experiment.arms}
    logs: dict[int, list[float]] = {}
    for (generation, _), cost in sorted(cycles.items()):
        if cost.keys() == arms and cost[a] > 0 and cost[b] > 0:
            logs.setdefault(generation, []).append(math.log(cost[a] / cost[b]))
    return logs


def enough(slices: Sequence[JudgedSlice], experiment: Experiment) -> str | None:
    """Why to stop after this generation; None: go on.

    Stopping at the first 'significant' difference finds one in a quarter of all A/A runs; stopping when the
    interval is narrow keeps its promise, from ten whole cycles on.
    """
    generations = len({judged.measured.generation for judged in slices})
    if generations < experiment.generations_min:
        return None
    at_most = generations >= experiment.generations_max
    ratio = primary_ratio(slices, experiment)
    if not experiment.judged_by.compares or ratio is None:
        return f"all {generations} planned generations were measured" if at_most else None
    width = ratio_minus_one(ratio.log.half_width)
    twin = cycle_log_ratios(slices, experiment, *experiment.twin)
    if not at_most and differing_twins(twin):
        return None  # the one repeat that V21 allows: another generation
    interval, asked = f"the primary 95% interval is +-{width:.1%}", f"+-{experiment.half_width:.1%}"
    if width <= experiment.half_width and ratio.cycles >= CYCLES_LEAST.value:
        return f"{interval} after {generations} generations, no wider than the {asked} asked for"
    if at_most:
        most = f"{generations} generations are the most that was asked for"
        return f"{most}; {interval}, where {asked} was asked for"
    return None
