"""Find the offered rate: a share of what the median arm can do, and a lower one for arms too slow for it."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from authbench.contracts.card import Operation
from authbench.contracts.experiment import Experiment, Workload
from authbench.contracts.generator_protocol import SliceLoad
from authbench.contracts.records import Rate
from loadtests.harness.load.generators import LoadReading

_CONNECTIONS = 16
"""Requests always in flight while the ceiling is measured: enough to keep one processor busy."""
_PASSES = 2
_LADDER_BUSY = 0.85
"""Largest share of what the slowest arm can do that a further rate may be: beyond it, requests pile up
and what is measured is the queue."""


@dataclass(frozen=True)
class Trial:
    """What an arm did under a load that is used for nothing else."""

    served_rps: float
    cpu_ns: float
    """Of the server, per request; 0 where its processes are not known."""


class Offering(Protocol):
    """What sends the load of a slice, such as the load generators."""

    def offer(self, load: SliceLoad) -> LoadReading:
        """Send it, from now to the end of its drain."""
        ...


CpuClock = Callable[[], int]
"""CPU time of all processes of a server so far, ns; always 0 where they are not known."""


def find_rate(experiment: Experiment, generators: Offering, clocks: Mapping[str, CpuClock]) -> Rate:
    """Try every arm, in closed loop and then at the rate that follows from it; or take the given rate.

    The closed loop alone would load the arms too much: a request costs more where the server is idle before
    it. In two passes, the better one counts: what else runs on the machine can only make an arm look slower.
    """
    if experiment.rate_rps is not None:
        return Rate(offered_rps=experiment.rate_rps, closed_loop_rps={}, share=None)
    seconds = experiment.closed_loop_s / (2 * _PASSES)
    alone = {arm.label: arm.operation for arm in experiment.arms}

    def asked(arm: str) -> Operation:
        """What an arm is tried with: reads, where its own operation would use up credentials."""
        own = alone.get(arm)
        return Operation.READ if own is None or own.uses_up_credential else own

    def tried(rate_rps: float | None) -> dict[str, Trial]:
        passes = [
            {
                arm: _try(generators, arm, asked(arm), cpu_clock, seconds, rate_rps)
                for arm, cpu_clock in clocks.items()
            }
            for _ in range(_PASSES)
        ]
        return {arm: min((one[arm] for one in passes), key=lambda trial: trial.cpu_ns) for arm in clocks}

    closed = tried(None)
    ceilings = {arm: round(trial.served_rps, 1) for arm, trial in closed.items()}
    full_at = full_at_rps(closed, tried(choose_rate(experiment, ceilings).offered_rps))
    return choose_rate(experiment, full_at).model_copy(
        update={"closed_loop_rps": ceilings, "full_at_rps": full_at}
    )


def full_at_rps(closed: Mapping[str, Trial], open_loop: Mapping[str, Trial]) -> dict[str, float]:
    """By arm: the rate at which its processor would be full if a request cost what it costs in open loop.

    That is the closed loop's rate by the ratio of the two costs (utilisation law, Denning & Buzen 1978), and
    never more: an arm that is not slowed by its processor is not made faster by cheaper requests. Where the
    cost is not known, it is the closed loop's rate.
    """
    return {
        arm: round(trial.served_rps * min(1.0, (trial.cpu_ns or 1.0) / max(open_loop[arm].cpu_ns, 1.0)), 1)
        for arm, trial in closed.items()
    }


def _try(
    generators: Offering,
    arm: str,
    operation: Operation,
    cpu_clock: CpuClock,
    seconds: float,
    rate_rps: float | None,
) -> Trial:
    """Ask an arm for one operation, in open loop at a rate, or in closed loop where there is none."""
    load = SliceLoad(
        arm=arm,
        rate_rps=rate_rps,
        duration_s=seconds,
        seed=1,
        operations={operation: 1.0},
        loop="closed" if rate_rps is None else "open",
        closed_connections=_CONNECTIONS,
    )
    before_ns = cpu_clock()
    reply = generators.offer(load).reply
    spent_ns = cpu_clock() - before_ns
    window_s = (reply.drained_ns - reply.started_ns) / 1e9
    return Trial(reply.user_completed / window_s, spent_ns / max(reply.user_completed, 1))


def choose_rate(experiment: Experiment, ceilings_rps: Mapping[str, float]) -> Rate:
    """The offered rate from what every arm can do, and the rate of the arms that cannot carry it.

    `rate_share` of the median arm's: one slow arm must not set a rate at which an idle loop's wake-ups are
    most of what the others cost. An arm for which that is more than `slowest_share` of its own is measured
    at `rate_share` of its own (of the slowest, where there are several). The control, the
    identical arms and the primary pair must carry the offered rate: what else is compared with them, so the
    rate is lowered to what the slowest of them can carry.
    """
    needed = {experiment.control, *experiment.twin, *chain.from_iterable(experiment.compare[:1])}
    wanted = experiment.rate_share * statistics.median(ceilings_rps.values())
    limit = experiment.slowest_share * min(ceilings_rps[arm] for arm in needed)
    offered = _whole_rps(min(wanted, limit))
    slow = [
        arm
        for arm, ceiling in ceilings_rps.items()
        if arm not in needed and offered > experiment.slowest_share * ceiling
    ]
    own = min((ceilings_rps[arm] for arm in slow), default=None)
    return Rate(
        offered_rps=offered,
        closed_loop_rps=dict(ceilings_rps),
        share=experiment.rate_share,
        own_rps=None if own is None else _whole_rps(experiment.rate_share * own),
        own_arms=slow,
    )


def ladder_rates(experiment: Experiment, rate: Rate) -> list[float]:
    """The further offered rates, rising; each a share of what the median arm can do, as the first.

    None is more than every arm of the offered rate can carry.
    """
    ceilings = rate.ceilings_rps
    if not ceilings:
        return []
    median = statistics.median(ceilings.values())
    slowest = min(rps for arm, rps in ceilings.items() if arm not in rate.own_arms)
    limit = _LADDER_BUSY * slowest
    return sorted({_whole_rps(min(share * median, limit)) for share in experiment.ladder_shares})


def requests_expected(
    experiment: Experiment, workload: Workload, rate: Rate, ladder_rps: Sequence[float], cycles: int
) -> float:
    """User requests that one arm will get in one generation of so many cycles, at most."""
    ceiling_rps = max(rate.closed_loop_rps.values(), default=rate.offered_rps)
    saturated = ceiling_rps * experiment.saturated_s * experiment.saturated_cycles
    further = len(ladder_rps) * experiment.ladder_cycles
    if workload.loop == "closed":
        own_cycles = cycles if rate.own_arms else 0
        return ceiling_rps * experiment.slice_s * (cycles + own_cycles + further) + saturated
    per_cycle = cycles * (rate.offered_rps + (rate.own_rps or 0.0))
    return (per_cycle + experiment.ladder_cycles * sum(ladder_rps)) * experiment.slice_s + saturated


def _whole_rps(rate_rps: float) -> float:
    return max(1.0, float(round(rate_rps)))
