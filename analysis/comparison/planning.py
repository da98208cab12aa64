"""How many cycles a generation gets: chosen once by the run itself, from what it measured first.

Kalibera & Jones ("Rigorous benchmarking in reasonable time", ISMM 2013): repeating is worth most at the level
where the variance is, and least at the level where a repetition is dear. With T_1^2 the variance of cycles
within a generation, T_2^2 what a restart adds, c_1 the time of a cycle and c_2 that of a generation's start,
r_1 = sqrt((c_2 / c_1) * (T_1^2 / T_2^2)) cycles in each generation give the narrowest interval for the time.

Two things keep a run from taking r_1 as it is. T_2^2 is estimated from two generations: with one degree of
freedom it is often zero, and r_1 has no limit. And with few generations the interval also has t(G - 1), which
falls steeply: 12.7, 4.3, 3.2, 2.8 ... So the run takes the number of cycles, 4 to 16, for which the
half-width t(G - 1) * sqrt((T_2^2 + T_1^2 / r) / G) is smallest, G being the generations that the time left
has room for.
"""

import math
from collections.abc import Sequence

from analysis.comparison.costs import Costs, measured_costs
from analysis.comparison.stopping import cycle_log_ratios
from analysis.statistics.intervals import VarianceComponents, variance_components
from analysis.statistics.student import t_quantile
from analysis.validity.limits import CONFIDENCE
from authbench.contracts.experiment import Experiment
from authbench.contracts.records import GenerationTimes, JudgedSlice, RunPlan, cycles_planned

CYCLES_FEWEST = 4
"""Fewer leave a generation's mean to single disturbances."""
CYCLES_MOST = 16
"""More are shared by every generation, so a restart that matters would go unseen."""
_GENERATIONS_FIRST = 2
"""Measured before the plan is made: the fewest between which a restart shows at all."""


def plan_cycles(
    slices: Sequence[JudgedSlice], experiment: Experiment, times: Sequence[GenerationTimes]
) -> RunPlan | None:
    """The plan of a run after its first whole generations; None: there is none to be made, or not yet.

    `slices` and `times` are those of whole generations. Only an experiment with a time budget and a primary
    pair is planned; the others say how many cycles they want.
    """
    if experiment.time_budget_s is None or len(times) < _GENERATIONS_FIRST:
        return None
    return plan_from(_components(slices, experiment), experiment, times)


def plan_from(
    found: VarianceComponents | None, experiment: Experiment, times: Sequence[GenerationTimes]
) -> RunPlan | None:
    """The plan from where the noise is; None: that is not known, or nothing limits the run's time."""
    if experiment.time_budget_s is None or found is None:
        return None
    costs = measured_costs(times, experiment, None)
    left_s = experiment.time_budget_s - times[-1].elapsed_s
    return RunPlan(
        cycles=choose_cycles(
            found, costs, left_s, len(times), experiment.generations_min, experiment.generations_max
        ),
        after_generations=len(times),
        within_log=math.sqrt(found.within),
        between_log=math.sqrt(found.between),
        start_s=costs.start_s,
        cycle_s=costs.cycle_s,
        unclamped=best_cycles(found, costs),
    )


def best_cycles(found: VarianceComponents, costs: Costs) -> float | None:
    """Kalibera & Jones's r_1; None where it has no limit: nothing is seen of what a restart changes."""
    if found.between * costs.cycle_s <= 0:
        return None
    return math.sqrt(costs.start_s / costs.cycle_s * found.within / found.between)


def choose_cycles(
    found: VarianceComponents,
    costs: Costs,
    left_s: float,
    done: int,
    generations_min: int,
    generations_max: int,
) -> int:
    """Cycles of each later generation, for the narrowest interval at the end of the time left.

    Generations that are `done` count as if they had as many. Where the least generations fit into the time
    with few cycles only, those few; where with none, the fewest. What a restart adds is taken as at least
    T_1^2 / 16, as much as the cycles of the longest generation leave: two generations cannot rule it out.
    """
    between = max(found.between, found.within / CYCLES_MOST)

    def fitting(cycles: int) -> float:
        return done + left_s / max(costs.generation_s(cycles), 1e-9)

    def half_width(cycles: int) -> float:
        generations = min(generations_max, max(generations_min, done + 1, fitting(cycles)))
        return predicted_half_width(found.within, between, cycles, generations)

    choices = [
        cycles for cycles in range(CYCLES_FEWEST, CYCLES_MOST + 1) if fitting(cycles) >= generations_min
    ]
    return min(choices or [CYCLES_FEWEST], key=half_width)


def predicted_half_width(within: float, between: float, cycles: float, generations: float) -> float:
    """Half-width of the 95 % interval, as a logarithm, of so many generations with so many cycles each.

    A fraction of a generation counts: a prediction that jumps would choose by where it jumps.
    """
    quantile = t_quantile((1 + CONFIDENCE.value) / 2, generations - 1)
    return quantile * math.sqrt((between + within / cycles) / generations)


def generations_expected(
    slices: Sequence[JudgedSlice],
    experiment: Experiment,
    times: Sequence[GenerationTimes],
    plan: RunPlan | None,
) -> int:
    """How many generations the run will have in all, as far as can be known now.

    As many as the half-width asked for needs, at most what the time has room for and the experiment allows.
    """
    return expected_from(_components(slices, experiment), experiment, times, plan)


def expected_from(
    found: VarianceComponents | None,
    experiment: Experiment,
    times: Sequence[GenerationTimes],
    plan: RunPlan | None,
) -> int:
    """`generations_expected`, from where the noise is; None: not known yet, or nothing is compared."""
    least, most, done = experiment.generations_min, experiment.generations_max, len(times)
    if experiment.time_budget_s is not None and times:
        costs = measured_costs(times, experiment, plan)
        generation_s = costs.generation_s(cycles_planned(experiment, plan, done))
        room = int((experiment.time_budget_s - times[-1].elapsed_s) / max(generation_s, 1e-9))
        most = min(most, max(least, done + room))
    if not experiment.judged_by.compares or not experiment.compare:
        return most
    if found is None:
        return most if experiment.time_budget_s is not None and times else least
    cycles = cycles_planned(experiment, plan, done)
    for generations in range(max(least, done + 1), most):
        width = predicted_half_width(found.within, found.between, cycles, generations)
        if width <= math.log1p(experiment.half_width):
            return generations
    return most


def _components(slices: Sequence[JudgedSlice], experiment: Experiment) -> VarianceComponents | None:
    """Where the noise of the primary comparison is; None with too little to tell."""
    if not experiment.compare:
        return None
    return variance_components(cycle_log_ratios(slices, experiment, *experiment.compare[0]))
