"""The offered rate: a share of what the slowest arm can do, so that no arm is judged in overload."""

from authbench.experiment import Experiment
from authbench.records import Rate
from loadtests.harness.generator import Generator

_CONNECTIONS = 16
"""Requests always in flight while the ceiling is measured: enough to keep one processor busy."""


def find_rate(experiment: Experiment, generator: Generator, arms: list[str]) -> Rate:
    """Measure every arm in closed loop, used for nothing else; or take the given rate."""
    if experiment.rate_rps is not None:
        return Rate(offered_rps=experiment.rate_rps, closed_loop_rps={}, share=None)
    ceilings = {}
    for arm in arms:
        told = generator.order(
            "closed-loop",
            within_s=experiment.closed_loop_s + 30,
            arm=arm,
            duration_s=experiment.closed_loop_s,
            connections=_CONNECTIONS,
            seed=1,
        )
        ceilings[arm] = round(told["completed"] / told["elapsed_s"], 1)
    offered = max(1.0, float(round(experiment.rate_share * min(ceilings.values()))))
    return Rate(offered_rps=offered, closed_loop_rps=ceilings, share=experiment.rate_share)
