"""Find the offered rate: a share of what the median arm can do, and a lower one for arms too slow for it."""

import statistics
from collections.abc import Mapping, Sequence
from itertools import chain

from authbench.contracts.experiment import Experiment, Workload
from authbench.contracts.records import Rate
from loadtests.harness.processes.generators import Generators

_CONNECTIONS = 16
"""Requests always in flight while the ceiling is measured: enough to keep one processor busy."""
_PASSES = 2
_LADDER_BUSY = 0.85
"""Largest share of the slowest arm's closed-loop rate that a further rate may be: beyond it, requests pile up
and what is measured is the queue."""


def find_rate(experiment: Experiment, generators: Generators, arms: list[str]) -> Rate:
    """Measure every arm in closed loop, used for nothing else; or take the given rate.

    In two passes, the better one counts: what else runs on the machine can only make an arm look slower.
    """
    if experiment.rate_rps is not None:
        return Rate(offered_rps=experiment.rate_rps, closed_loop_rps={}, share=None)
    ceilings = dict.fromkeys(arms, 0.0)
    for _ in range(_PASSES):
        for arm in arms:
            seconds = experiment.closed_loop_s / _PASSES
            found_rps = generators.closed_loop_rps(arm, seconds, _CONNECTIONS, seed=1)
            ceilings[arm] = max(ceilings[arm], round(found_rps, 1))
    return choose_rate(experiment, ceilings)


def choose_rate(experiment: Experiment, ceilings_rps: Mapping[str, float]) -> Rate:
    """The offered rate from every arm's closed-loop rate, and the rate of the arms that cannot carry it.

    `rate_share` of the median arm's: one slow arm must not set a rate at which an idle loop's wake-ups are
    most of what the others cost. An arm for which that is more than `slowest_share` of its own is measured
    at `rate_share` of its own closed-loop rate (of the slowest, where there are several). The control, the
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
    """The further offered rates, rising; each a share of the median arm's closed-loop rate, as the first.

    None is more than every arm of the offered rate can carry.
    """
    if not rate.closed_loop_rps:
        return []
    median = statistics.median(rate.closed_loop_rps.values())
    slowest = min(rps for arm, rps in rate.closed_loop_rps.items() if arm not in rate.own_arms)
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
