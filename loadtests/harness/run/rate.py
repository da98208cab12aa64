"""Find the offered rate: a share of what the slowest arm can do, so that no arm is judged in overload."""

from collections.abc import Sequence

from authbench.contracts.experiment import Experiment, Workload
from authbench.contracts.records import Rate
from loadtests.harness.processes.generators import Generators

_CONNECTIONS = 16
"""Requests always in flight while the ceiling is measured: enough to keep one processor busy."""
_PASSES = 2


def find_rate(experiment: Experiment, generators: Generators, arms: list[str]) -> Rate:
    """Measure every arm in closed loop, used for nothing else; or take the given rate.

    In two passes, the better one counts: what else runs on the machine can only make an arm look slower,
    and the slowest look at any arm would set the rate for all.
    """
    if experiment.rate_rps is not None:
        return Rate(offered_rps=experiment.rate_rps, closed_loop_rps={}, share=None)
    ceilings = dict.fromkeys(arms, 0.0)
    for _ in range(_PASSES):
        for arm in arms:
            seconds = experiment.closed_loop_s / _PASSES
            found_rps = generators.closed_loop_rps(arm, seconds, _CONNECTIONS, seed=1)
            ceilings[arm] = max(ceilings[arm], round(found_rps, 1))
    offered = max(1.0, float(round(experiment.rate_share * min(ceilings.values()))))
    return Rate(offered_rps=offered, closed_loop_rps=ceilings, share=experiment.rate_share)


def ladder_rates(experiment: Experiment, rate: Rate) -> list[float]:
    """The further offered rates, rising; each a share of the same ceiling as the first."""
    if not rate.closed_loop_rps:
        return []
    ceiling = min(rate.closed_loop_rps.values())
    return [max(1.0, float(round(share * ceiling))) for share in sorted(experiment.ladder_shares)]


def requests_expected(
    experiment: Experiment, workload: Workload, rate: Rate, ladder_rps: Sequence[float]
) -> float:
    """User requests that one arm will get in one generation, at most."""
    ceiling_rps = max(rate.closed_loop_rps.values(), default=rate.offered_rps)
    saturated = ceiling_rps * experiment.saturated_s * experiment.saturated_cycles
    if workload.loop == "closed":
        cycles = experiment.cycles + len(ladder_rps) * experiment.ladder_cycles
        return ceiling_rps * experiment.slice_s * cycles + saturated
    per_cycle = experiment.cycles * rate.offered_rps + experiment.ladder_cycles * sum(ladder_rps)
    return per_cycle * experiment.slice_s + saturated
