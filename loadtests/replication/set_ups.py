"""Measure set-ups of published comparisons, all of them in the same rounds of fresh processes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from authbench.contracts.experiment import Arm, Workload, find_workload
from authbench.contracts.replication.claim import Claim, Mistake, SetUp
from authbench.contracts.replication.report import FillReading, SetUpReading
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.processes import pin
from loadtests.harness.processes.redis_server import check_store
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.harness.run.generation import Bench, Generation, fresh_generation, require_passed, start_bench
from loadtests.replication.loads import Served, chain, fill_store, loop

_CREDENTIALS = 1000


@dataclass(frozen=True)
class SetUpRequest:
    """Whose set-ups are measured, and who is told of it."""

    claims: Sequence[Claim]
    say: Callable[[str], None]
    redis_url: str | None = None


@dataclass
class SetUpsMeasured:
    """Every reading, in the order measured."""

    readings: list[SetUpReading] = field(default_factory=list)
    fills: list[FillReading] = field(default_factory=list)


def measure_set_ups(request: SetUpRequest) -> SetUpsMeasured:
    """Measure every set-up of the claims. Failure if the store, a server or the generator fails."""
    found = SetUpsMeasured()
    planned = [(claim, set_up) for claim in request.claims for set_up in claim.set_ups]
    if not planned:
        return found
    check_store(request.redis_url)
    workload = find_workload("read").model_copy(update={"credentials": _CREDENTIALS})
    layout = plan_layout(available_processors())
    with (
        one_measurement_at_a_time(lambda: request.say("waiting: another run is measuring here")),
        scratch_directory() as scratch,
        start_bench(layout, scratch, request.redis_url, "authbench:replicate") as bench,
    ):
        for number in range(max(set_up.rounds for _, set_up in planned)):
            own = [(claim, set_up) for claim, set_up in planned if number < set_up.rounds]
            loaded = [(claim, set_up) for claim, set_up in own if set_up.load != "fill"]
            filled = [(claim, set_up) for claim, set_up in own if set_up.load == "fill"]
            if loaded:
                request.say(f"set-ups as published, round {number + 1}: fresh processes")
                with _generation(loaded, workload, bench) as generation:
                    for claim, set_up in loaded:
                        request.say(f"  {claim.name}: {set_up.name}")
                        found.readings += _measure(claim, set_up, number, generation)
            if filled:
                with _generation(filled, workload, bench) as generation:
                    for claim, set_up in filled:
                        request.say(f"{claim.name}: {set_up.credentials} credentials more")
                        found.fills += _fill(claim, set_up, generation)
    return found


@contextmanager
def _generation(
    planned: Sequence[tuple[Claim, SetUp]], workload: Workload, bench: Bench
) -> Iterator[Generation]:
    """Servers of all arms: each claim has its own, so that what one warms up is not another's."""
    arms: dict[str, Arm] = {}
    for claim, set_up in planned:
        for arm in set_up.arms:
            label = _label(claim, arm)
            arms[label] = arm.model_copy(update={"name": label})
    with fresh_generation(
        list(arms.values()), workload, bench, measure_memory=False, whole_life=False
    ) as generation:
        require_passed(generation.checks)
        yield generation


def _label(claim: Claim, arm: Arm) -> str:
    return f"{claim.name}: {arm.label}"


def in_order(set_up: SetUp, number: int) -> list[Arm]:
    """The arms of a round: as they are listed where the order is fixed, else each in turn the first."""
    if Mistake.FIXED_ORDER in set_up.mistakes:
        return list(set_up.arms)
    shift = number % len(set_up.arms)
    return [*set_up.arms[shift:], *set_up.arms[:shift]]


def _measure(claim: Claim, set_up: SetUp, number: int, generation: Generation) -> list[SetUpReading]:
    arms = in_order(set_up, number)
    if set_up.load == "chain":
        served = chain(generation, [_label(claim, arm) for arm in arms], set_up)
        return [
            _reading(claim, set_up, number, place, arm.label, set_up.users, served[_label(claim, arm)])
            for place, arm in enumerate(arms)
        ]
    with _placed(set_up, generation.bench):
        return [
            _reading(
                claim,
                set_up,
                number,
                place,
                arm.label,
                connections,
                loop(generation, _label(claim, arm), set_up, connections),
            )
            for place, arm in enumerate(arms)
            for connections in set_up.connections
        ]


@contextmanager
def _placed(set_up: SetUp, bench: Bench) -> Iterator[None]:
    """Move the load generator to the servers' processor where that is the mistake, and back at the end."""
    if Mistake.SHARED_CORE not in set_up.mistakes:
        yield
        return
    for pid in bench.generators.pids:
        pin(pid, bench.layout.app)
    try:
        yield
    finally:
        for pid in bench.generators.pids:
            pin(pid, bench.layout.generator)


def _reading(
    claim: Claim, set_up: SetUp, number: int, place: int, arm: str, connections: int, served: Served
) -> SetUpReading:
    times = served.times_ms
    percentiles: Mapping[int, float] = (
        {at: float(np.percentile(times, at)) for at in (50, 95)} if len(times) else {}
    )
    return SetUpReading(
        claim=claim.name,
        set_up=set_up.name,
        round=number,
        place=place,
        arm=arm,
        connections=connections,
        requests=served.requests,
        errors=served.errors,
        rate_rps=served.rate_rps,
        mean_ms=float(times.mean()) if len(times) else None,
        p50_ms=percentiles.get(50),
        p95_ms=percentiles.get(95),
    )


def _fill(claim: Claim, set_up: SetUp, generation: Generation) -> list[FillReading]:
    found = []
    for arm in set_up.arms:
        counts, sizes = fill_store(generation, _label(claim, arm), set_up.credentials)
        found.append(
            FillReading(claim=claim.name, set_up=set_up.name, arm=arm.label, counts=counts, bytes=sizes)
        )
    return found
