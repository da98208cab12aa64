"""Search the highest rate of some schemes: rounds of fresh processes, one measurement at a time."""

import resource
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from authbench.contracts.experiment import Arm, Workload
from authbench.contracts.failure import Failure
from authbench.contracts.generator_protocol import SliceOrder
from authbench.contracts.records import Placement
from authbench.contracts.saturation.trial import Effort, Objective, Trial
from authbench.words.counting import counted
from loadtests.harness.processes.descriptors import OTHERS
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.harness.run.generation import Generation, fresh_generation, require_passed, start_bench
from loadtests.saturation.round import Round
from loadtests.saturation.scheme_search import LowerBound, SearchEnd
from loadtests.saturation.trial import FindFaults


@dataclass(frozen=True)
class SaturationRequest:
    """What is searched, and the functions of the analysis that decide on the way."""

    arms: Sequence[Arm]
    workload: Workload
    """What is asked: one of an open loop."""
    objectives: Sequence[Objective]
    effort: Effort
    seed: int
    find_faults: FindFaults
    lower_bound: LowerBound
    keep: Callable[[Trial], None]
    """Told every trial as soon as it is measured."""
    say: Callable[[str], None]
    generators: int = 1
    redis_url: str | None = None


@dataclass
class Saturated:
    """What was measured, in the order measured."""

    placement: Placement
    store: str
    trials: list[Trial] = field(default_factory=list)
    ends: list[SearchEnd] = field(default_factory=list)


def saturate(request: SaturationRequest) -> Saturated:
    """Search every arm. Failure if the store, a server or a part of the harness fails."""
    _allow_descriptors(len(request.arms))
    layout = plan_layout(available_processors())
    seen: Saturated | None = None
    with (
        one_measurement_at_a_time(lambda: request.say("waiting: another run is measuring here")),
        scratch_directory() as scratch,
        start_bench(
            layout, scratch, request.redis_url, f"authbench:saturate:{request.seed}", request.generators
        ) as bench,
    ):
        for number in range(request.effort.rounds):
            request.say(f"round {number + 1} of {request.effort.rounds}: fresh processes, verification")
            first = seen is None
            with fresh_generation(
                request.arms, request.workload, bench, measure_memory=False, whole_life=first
            ) as generation:
                require_passed(generation.checks)
                generation.warm_up()
                seen = seen or Saturated(generation.placement(), str(generation.store.server))
                _measure_round(number, generation, request, seen)
    assert seen is not None  # noqa: S101 - there is a round at least
    return seen


def _measure_round(number: int, generation: Generation, request: SaturationRequest, seen: Saturated) -> None:
    effort = request.effort
    one = Round(
        number,
        generation,
        request.objectives,
        effort,
        request.seed,
        request.find_faults,
        request.lower_bound,
        request.keep,
    )
    request.say("searching")
    one.search()
    seen.trials += one.trials
    seen.ends += one.ends
    if number < effort.rounds - 1:
        return
    bounds = _bounds(seen.trials, request)
    before = len(one.trials)
    if effort.curve_trial_s:
        request.say("curve")
        one.curve({label: max(found.values()) for label, found in bounds.items()})
    if effort.soak_s:
        request.say("soak")
        one.soak(bounds)
    seen.trials += one.trials[before:]


def _bounds(trials: Iterable[Trial], request: SaturationRequest) -> dict[str, dict[int, float]]:
    """Lower bounds by scheme and place of the objective: medians of the rounds; without one: left out."""
    by_round: dict[tuple[str, int], list[Trial]] = defaultdict(list)
    for trial in trials:
        if trial.purpose == "search" and not trial.faults:
            by_round[trial.scheme, trial.record.generation].append(trial)
    found: dict[str, dict[int, float]] = {}
    for arm in request.arms:
        for place in range(len(request.objectives)):
            own = [each for (label, _), each in by_round.items() if label == arm.label]
            known = [bound for each in own if (bound := request.lower_bound(each, place)) is not None]
            if known:
                found.setdefault(arm.label, {})[place] = statistics.median(known)
    return found


def _allow_descriptors(arms: int) -> None:
    """Allow every process that is started a connection for each request in flight, or fail.

    An overloaded server has as many requests in flight as the generator allows, and a generator keeps the
    connections of all arms.
    """
    least = arms * int(SliceOrder.model_fields["in_flight_cap"].default) + OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < least:
        raise Failure(
            f"a process may have {hard} files open here, a search of {counted(arms, 'scheme')} needs "
            f"{least}: raise the "
            f"hard limit as root (ulimit -Hn {least}), or search fewer schemes at once"
        )
    if soft != resource.RLIM_INFINITY and soft < least:
        resource.setrlimit(resource.RLIMIT_NOFILE, (least, hard))
