"""When a run has measured enough: decided by the width of its primary interval, never by its position."""

import math
from collections.abc import Sequence

from analysis.comparison.costs import measured_costs
from analysis.statistics.intervals import ByGeneration, Ratio, nested_ratio, ratio_minus_one
from analysis.statistics.noise_floor import differing_twins
from analysis.validity.limits import CYCLES_LEAST
from authbench.contracts.experiment import Experiment
from authbench.contracts.records import GenerationTimes, JudgedSlice, RunPlan, cycles_planned
from authbench.words.counting import counted


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

    A whole cycle has every arm but those with a rate of their own. The application's CPU alone where the
    store's cannot be read. Asked after every slice, so it goes without the tables of `analysis.data.run`; the
    figure is the same.
    """
    unreadable = any(judged.measured.store_cpu_ns is None for judged in slices)
    cycles: dict[tuple[int, int], dict[str, float]] = {}
    for judged in slices:
        record = judged.measured
        if judged.void_because or record.purpose != "main" or not record.user_completed:
            continue
        if record.app_cpu_ns is None:
            continue
        store_cpu_ns = 0 if unreadable else record.store_cpu_ns or 0
        cpu_ns = record.app_cpu_ns - record.password_cpu_ns + store_cpu_ns
        cycles.setdefault((record.generation, record.cycle), {})[record.arm] = cpu_ns / record.served
    own = {judged.measured.arm for judged in slices if judged.measured.purpose == "own-rate"}
    arms = {arm.label for arm in experiment.arms} - (own - {experiment.control})
    if not {a, b} <= arms:
        return {}
    logs: dict[int, list[float]] = {}
    for (generation, _), cost in sorted(cycles.items()):
        if cost.keys() == arms and cost[a] > 0 and cost[b] > 0:
            logs.setdefault(generation, []).append(math.log(cost[a] / cost[b]))
    return logs


def enough(
    slices: Sequence[JudgedSlice],
    experiment: Experiment,
    times: Sequence[GenerationTimes] = (),
    plan: RunPlan | None = None,
) -> str | None:
    """Why to stop after this generation; None: go on.

    Stopping at the first 'significant' difference finds one in a quarter of all A/A runs; stopping when the
    interval is narrow keeps its promise, from ten whole cycles on. Time decides as little: with a budget, no
    generation is begun that would not end within it, once the least number of generations is there.

    `times` and `plan` are those of the manifest: what was measured of whole generations until now.
    """
    return why_stop(
        cycle_log_ratios(slices, experiment, *experiment.compare[0]) if experiment.compare else {},
        cycle_log_ratios(slices, experiment, *experiment.twin),
        len({judged.measured.generation for judged in slices}),
        experiment,
        times,
        plan,
    )


def why_stop(
    primary: ByGeneration,
    twin: ByGeneration,
    generations: int,
    experiment: Experiment,
    times: Sequence[GenerationTimes],
    plan: RunPlan | None,
) -> str | None:
    """`enough`, from ln(A / B) of the primary pair's cycles and of the identical arms'; empty: none."""
    if generations < experiment.generations_min:
        return None
    last = None
    if generations >= experiment.generations_max:
        last = f"{counted(generations, 'generation is', 'generations are')} the most that was asked for"
    elif (left := _out_of_time(experiment, times, plan)) is not None:
        last = left
    ratio = nested_ratio(primary) if primary else None
    if not experiment.judged_by.compares or ratio is None:
        planned = f"all {counted(generations, 'planned generation was', 'planned generations were')} measured"
        return planned if generations >= experiment.generations_max else last
    width = ratio_minus_one(ratio.log.half_width)
    if last is None and differing_twins(twin):
        return None  # the one repeat that V21 allows: another generation
    interval, asked = f"the primary 95% interval is +-{width:.1%}", f"+-{experiment.half_width:.1%}"
    if width <= experiment.half_width and ratio.cycles >= CYCLES_LEAST.value:
        return f"{interval} after {counted(generations, 'generation')}, no wider than the {asked} asked for"
    return f"{last}; {interval}, where {asked} was asked for" if last else None


def _out_of_time(
    experiment: Experiment, times: Sequence[GenerationTimes], plan: RunPlan | None
) -> str | None:
    """Say why another generation does not fit into the time budget; None: it does, or there is no budget."""
    if experiment.time_budget_s is None or not times:
        return None
    used_s = times[-1].elapsed_s
    next_s = measured_costs(times, experiment, plan).generation_s(
        cycles_planned(experiment, plan, len(times))
    )
    if used_s + next_s <= experiment.time_budget_s:
        return None
    return (
        f"another generation of {next_s:.0f} s does not fit into the {experiment.time_budget_s:g} s given, "
        f"of which {used_s:.0f} s are used after {counted(len(times), 'generation')}"
    )
