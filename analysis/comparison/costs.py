"""What a run's generations cost in time: measured from those that are done, for what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from authbench.contracts.experiment import Experiment
from authbench.contracts.records import GenerationTimes, RunPlan, cycles_planned


@dataclass(frozen=True)
class Costs:
    """Seconds of a generation, in two parts."""

    start_s: float
    """Everything that is not a cycle: the start, other rates, saturated slices, the end of the processes."""
    cycle_s: float
    """A cycle of the offered rate, with what is measured beside it at a rate of its own."""

    def generation_s(self, cycles: int) -> float:
        return self.start_s + cycles * self.cycle_s


def measured_costs(times: Sequence[GenerationTimes], experiment: Experiment, plan: RunPlan | None) -> Costs:
    """Mean costs of the generations so far. Raise ValueError before the first has ended.

    The first generation's start is left out where there is another: the rate is found in it, schemes are
    verified whole, and memory is measured.
    """
    if not times:
        raise ValueError("no generation has ended")
    ends = [0.0, *(each.elapsed_s for each in times)]
    starts = [each.elapsed_s - before - each.cycles_s for each, before in zip(times, ends, strict=False)]
    cycles = sum(cycles_planned(experiment, plan, place) for place in range(len(times)))
    return Costs(max(0.0, fmean(starts[1:] or starts)), sum(each.cycles_s for each in times) / cycles)
